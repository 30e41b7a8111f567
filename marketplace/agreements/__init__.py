"""What a bureau agrees with a provider and pays for itself (政府购买服务): firms order, the agreement's money bears it."""

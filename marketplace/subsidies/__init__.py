"""Money without an order (奖励、补助): what a firm's application stands on, how much it comes to, and that nothing is paid for twice."""

"""What organisations are in law."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word


class LegalForm(Word):
    """What a firm is in law (民法典 chapters 3 and 4): legal persons first, then those without personality of their own."""

    COMPANY = "company", N_("公司（法人）")
    COOPERATIVE = "cooperative", N_("农民专业合作社（法人）")
    OTHER_LEGAL_PERSON = "other_legal_person", N_("其他法人")
    SOLE_PROPRIETORSHIP = "sole_proprietorship", N_("个人独资企业")
    PARTNERSHIP = "partnership", N_("合伙企业")
    BRANCH = "branch", N_("分支机构")
    INDIVIDUAL_BUSINESS = "individual_business", N_("个体工商户")

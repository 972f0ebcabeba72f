from . import credit_notice_review

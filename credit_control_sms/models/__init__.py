from . import credit_notice, credit_policy, mail_notification, sms_sms, sms_tracker

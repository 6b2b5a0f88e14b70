"""What a message to a doctor or a hospital is about, by the list that their systems sort by. Pure."""

from enum import StrEnum


class Category(StrEnum):
    """MedCom's categories of a care communication; ours comes first, since it is nearly always right."""

    PSYCHIATRY_SOCIAL_DISABILITY = "psychiatry-social-disability"
    MEDICINE = "medicine"
    NURSING = "nursing"
    CARE_COORDINATION = "carecoordination"
    DISCHARGE = "discharge"
    ALCOHOL_AND_DRUGS = "alcohol-and-drug-treatment"
    HOME_CARE_ASSESSMENT = "home-care-assessment"
    REGARDING_REFERRAL = "regarding-referral"
    EXAMINATION_RESULTS = "examination-results"
    OUTPATIENT = "outpatient"
    ACUTE_AMBULANT = "acute-ambulant"
    EXTENDED_CARE = "extended-care-responsibility"
    HEALTHCARE = "healthcare"
    ASSISTIVE_DEVICES = "assistive-devices"
    TRAINING = "training"
    TELEMEDICINE = "telemedicine"
    DECEASE = "decease"
    OTHER = "other"


OURS = Category.PSYCHIATRY_SOCIAL_DISABILITY

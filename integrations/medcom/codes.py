"""The words of MedCom's profiles: where each is defined, and which of them a message may use."""

from typing import Final

IG: Final = "http://medcomfhir.dk/ig"
TERMS: Final = f"{IG}/terminology/CodeSystem"
CARE: Final = f"{IG}/carecommunication/StructureDefinition/medcom-careCommunication"
CORE: Final = f"{IG}/core/StructureDefinition/medcom-core"
MESSAGING: Final = f"{IG}/messaging/StructureDefinition/medcom-messaging"
ACKNOWLEDGEMENT: Final = f"{IG}/acknowledgement/StructureDefinition/medcom"

EVENTS: Final = f"{TERMS}/medcom-messaging-eventCodes"
CARE_EVENT: Final = "care-communication-message"
ACK_EVENT: Final = "acknowledgement-message"
USES: Final = f"{TERMS}/medcom-messaging-destinationUse"
USE: Final = f"{MESSAGING}-destinationUseExtension"
DEFINITION: Final = f"{IG}/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5.0"

DATE: Final = f"{CORE}-datetime-extension"
PAYLOAD_ID: Final = f"{CORE}-identifier-extension"
AUTHOR: Final = f"{CORE}-practitioner-extension"
CONTACT: Final = f"{CORE}-contact-extension"
SENDER: Final = f"{CORE}-sender-extension"

SOR: Final = "urn:oid:1.2.208.176.1.1"
GLN: Final = "https://www.gs1.org/gln"
CPR: Final = "urn:oid:1.2.208.176.1.2"
ECPR: Final = "urn:oid:1.2.208.176.1.6.1.1"

ACTIVITIES: Final = f"{TERMS}/medcom-messaging-activityCodes"
NEW, REPLY, FORWARD, ACKNOWLEDGE = "new-message", "reply-message", "forward-message", "acknowledgement"
CARE_ACTIVITIES: Final = frozenset({NEW, REPLY, FORWARD})

CATEGORIES: Final = f"{TERMS}/medcom-careCommunication-categoryCodes"
CATEGORY_CODES: Final = frozenset(
    {
        *("acute-ambulant", "alcohol-and-drug-treatment", "assistive-devices", "carecoordination", "decease"),
        *("discharge", "examination-results", "extended-care-responsibility", "healthcare", "home-care-assessment"),
        *("medicine", "nursing", "other", "outpatient", "psychiatry-social-disability", "regarding-referral"),
        *("telemedicine", "training"),
    }
)
OUR_CATEGORY: Final = "psychiatry-social-disability"
WITH_PRIORITY: Final = "regarding-referral"
WITH_TOPIC: Final = "other"
PRIORITIES: Final = frozenset({"asap", "routine"})

ROLES: Final = f"{TERMS}/medcom-core-PractitionerRolesSKSadministrativ"
MIME_TYPES: Final = frozenset({"application/pdf", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/tiff"})

OK, TRANSIENT, FATAL = "ok", "transient-error", "fatal-error"
ANSWERS: Final = frozenset({OK, TRANSIENT, FATAL})
HL7_ERRORS: Final = "http://terminology.hl7.org/CodeSystem/operation-outcome"

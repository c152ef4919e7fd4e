"""The closed lists that merchants choose from. A new word is a line here and a migration of its constraint."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Service(TextChoices):
    DELIVERY = "delivery", _("Livraison")
    PICKUP = "pickup", _("Commande à emporter")
    RESERVATION = "reservation", _("Réservation")
    QUOTE = "quote", _("Devis")
    APPOINTMENT = "appointment", _("Sur rendez-vous")
    ALTERATIONS = "alterations", _("Retouches")
    REPAIR = "repair", _("Réparation")
    GIFT_WRAP = "gift_wrap", _("Emballage cadeau")
    ORDER_IN = "order_in", _("Articles sur commande")
    HOME_VISIT = "home_visit", _("Se déplace à domicile")
    RENTAL = "rental", _("Location")
    TERRACE = "terrace", _("Terrasse")
    TAKEAWAY = "takeaway", _("À emporter")
    WIFI = "wifi", _("Wi-Fi gratuit")
    TOILETS = "toilets", _("Toilettes pour les clients")
    CHILDREN = "children", _("Espace pour les enfants")
    DOGS = "dogs", _("Chiens bienvenus")
    SECOND_HAND = "second_hand", _("Articles d’occasion")
    ORGANIC = "organic", _("Produits bio")
    LOCAL = "local", _("Produits locaux")
    REFILL = "refill", _("Vrac et contenants réutilisables")


class Payment(TextChoices):
    CASH = "cash", _("Espèces")
    DEBIT_CARD = "debit_card", _("Carte de débit")
    CREDIT_CARD = "credit_card", _("Carte de crédit")
    CONTACTLESS = "contactless", _("Sans contact")
    MOBILE = "mobile", _("Paiement par téléphone")
    INVOICE = "invoice", _("Sur facture")
    MEAL_VOUCHER = "meal_voucher", _("Chèques-repas")


class SpokenLanguage(TextChoices):
    LB = "lb", _("Luxembourgeois")
    FR = "fr", _("Français")
    DE = "de", _("Allemand")
    EN = "en", _("Anglais")
    PT = "pt", _("Portugais")
    IT = "it", _("Italien")
    ES = "es", _("Espagnol")
    NL = "nl", _("Néerlandais")
    PL = "pl", _("Polonais")
    RO = "ro", _("Roumain")
    EL = "el", _("Grec")
    FI = "fi", _("Finnois")
    SV = "sv", _("Suédois")
    UK = "uk", _("Ukrainien")
    RU = "ru", _("Russe")
    AR = "ar", _("Arabe")
    TR = "tr", _("Turc")
    ZH = "zh", _("Chinois")
    SIGN = "sign", _("Langue des signes")


class AccessQuestion(TextChoices):
    """What a visitor needs to know before setting out. No answer means “unknown”, and is shown so."""

    STEP_FREE = "step_free", _("Entrée de plain-pied ou avec rampe fixe")
    PORTABLE_RAMP = "portable_ramp", _("Rampe amovible sur demande")
    WIDE_DOOR = "wide_door", _("Porte d’au moins 80 cm")
    AUTOMATIC_DOOR = "automatic_door", _("Porte automatique")
    INSIDE_STEP_FREE = "inside_step_free", _("Circulation intérieure sans marche")
    SEATING = "seating", _("Siège pour se reposer")
    LOW_COUNTER = "low_counter", _("Comptoir abaissé")
    TOILET = "toilet", _("Toilettes accessibles en fauteuil")
    PARKING = "parking", _("Place de stationnement réservée à proximité")
    HEARING_LOOP = "hearing_loop", _("Boucle magnétique")
    LARGE_PRINT = "large_print", _("Informations en gros caractères ou en braille")
    ASSISTANCE_DOG = "assistance_dog", _("Chiens d’assistance bienvenus")
    STAFF_HELP = "staff_help", _("Aide du personnel sur demande")


class AccessAnswer(TextChoices):
    YES = "yes", _("oui")
    PARTLY = "partly", _("en partie")
    NO = "no", _("non")


class LinkKind(TextChoices):
    WEBSITE = "website", _("Site web")
    MARKETPLACE = "marketplace", _("Boutique en ligne")
    FACEBOOK = "facebook", _("Facebook")
    INSTAGRAM = "instagram", _("Instagram")
    LINKEDIN = "linkedin", _("LinkedIn")
    TIKTOK = "tiktok", _("TikTok")
    YOUTUBE = "youtube", _("YouTube")
    BOOKING = "booking", _("Réservation en ligne")
    MENU = "menu", _("Carte ou catalogue")
    OTHER = "other", _("Autre lien")


class LinkFault(TextChoices):
    """Why a link leads nowhere, as the weekly check finds it (`shops.links`)."""

    NAME = "name", _("Ce nom de site n’existe pas (ou plus).")
    ADDRESS = "address", _("Ce n’est pas l’adresse d’un site public.")
    SILENT = "silent", _("Le site ne répond pas.")
    CERTIFICATE = "certificate", _("Le site n’a pas de certificat valable (https).")
    GONE = "gone", _("La page n’existe plus.")
    BROKEN = "broken", _("Le site est en panne.")
    LOOP = "loop", _("Le site renvoie d’une adresse à l’autre.")


class FactGroup(TextChoices):
    """Facts that are confirmed together, by one person, at one time."""

    IDENTITY = "identity", _("Nom, adresse et catégorie")
    HOURS = "hours", _("Horaires")
    CONTACT = "contact", _("Coordonnées")
    SERVICES = "services", _("Services et paiement")
    ACCESSIBILITY = "accessibility", _("Accessibilité")
    PHOTOS = "photos", _("Photos")


class ConfirmedBy(TextChoices):
    MERCHANT = "merchant", _("le commerçant")
    CITY = "city", _("la Ville")
    IMPORT = "import", _("un fichier importé")

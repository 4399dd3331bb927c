"""The element tree of Concur's Itinerary v1.1, in the order in which its elements are written.

One row per element that has children. In a row `Name` is an element with text, `Name?` one that is
written as nil where it is absent, `Name/` one with children (its own row), `Name*` the same repeated.
Order and names are those of the published schema, with the exceptions that captured answers show: an
itinerary starts with its ids, a booking with its owner, a car names its vendor before its charges.
Elements that only the documentation names stand last. What the schema leaves open (`WaitListSegments`,
`Warnings`, `AccountingLine`) is absent.
"""

from collections.abc import Mapping
from typing import NamedTuple

NAMESPACE = "http://www.concursolutions.com/api/travel/trip/2010/06"
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'

SEGMENT_ELEMENTS = ("Hotel", "Dining", "Ride", "Rail", "Parking", "Car", "Air", "Event", "Travel")

_START = "StartAddress StartAddress2 StartCity {code} StartCountry StartDateLocal StartDateUtc"
_CARD = "IsGhostCard CreditCardType CreditCardLastFour"
_CANCELLED = "DateCancelledUtc DateCreatedUtc DateModifiedUtc"
_CHARGE = "Amount Currency Description IsPaid IsPrimary"
_SEMANTICS = "SemanticsCode SemanticsVendorType StartDateLocal Vendor VendorChargeCode"

_ROWS: Mapping[str, str] = {
    "Error": "Message Server-Time Id",
    "Metadata": "Paging/",
    "Paging": "TotalItems TotalPages CurrentPage ItemsPerPage PreviousPageURL NextPageURL",
    "ItineraryInfoList": "ItineraryInfo*",
    "ItineraryInfo": (
        "TripId TripName TripStatus StartDateLocal? EndDateLocal? UserLoginId DateModifiedUtc BookingSource"
        " RecordLocator? Passengers TravelerFirst? TravelerLast id"
    ),
    "Itinerary": (
        "id ItinLocator TripId BookedVia BookedByFirstName BookedByLastName HasOpenBookingPassive"
        " CancelComments ClientLocator TripLinkLocator UserLoginId DateBookedLocal Comments DateCreatedUtc"
        " DateModifiedUtc Description EndDateLocal EndDateUtc TravelRequestId IsPersonal ProjectName"
        " StartDateLocal StartDateUtc TripName TripStatus Bookings/ CustomAttributes/ RuleViolations/"
    ),
    "Bookings": "Booking*",
    "CustomAttributes": "CustomAttribute*",
    "CustomAttribute": "Data DisplayTitle DisplayValue Name DataType DisplayOnItinerary ExternalId",
    "RuleViolations": "RuleViolation*",
    "RuleViolation": (
        "BestGdsPrice BestGdsVendor BestInternetPrice BestInternetVendor CompanyReasonCode CompanyRuleText"
        " ViolationReasonCode Currency DateEntered EndCity EndDate NumberOfStops QuotedPrice RuleAction"
        " RuleName SegmentType SelectedOtherAmount SelectedOtherAmountType StartCity StartDate TariffPrice"
        " TravelerComments VendorCode VendorName"
    ),
    "Booking": (
        "BookingOwner Source BookingSource BookingReferrer DateBookedLocal DateCreatedUtc DateModifiedUtc"
        f" FareExpiresEmailDatetimeUtc FormOfPaymentName FormOfPaymentType {_CARD} LastTicketDateUtc"
        " PassengerCount RecordLocator RetrievedDateUtc TicketMailingAddress TicketPickupLocation"
        " TicketPickupNumber AirfareQuotes/ AirlineTickets/ Charges/ MiscChargeOrders/ Passengers/"
        " PassPrograms/ PhoneNumbers/ RailPayments/ Remarks/ Segments/ Delivery/ WebAddresses/ AgencyName"
        " AgencyPCC AgencyNumber"
    ),
    "AirfareQuotes": "Quote*",
    "Quote": (
        "BaseFare BaseFareCurrency BaseFareNuc BaseFareNucCurrency DateCreatedUtc DateModifiedUtc"
        " Endorsements IssueByDate TotalFare TotalFareCurrency AirlineCharges/ Taxes/"
    ),
    "AirlineCharges": "Fixed*",
    "RailCharges": "Fixed*",
    "Taxes": "Tax*",
    "Tax": "TaxAmount TaxRate TaxType TaxAuthority TaxName",
    "AirlineTickets": "AirlineAdjustment* ManualAirlineTicket* AirlineTicket*",
    "AirlineTicket": (
        "AddCollectAmount BaseFare BaseFareCurrency BaseFareNuc BaseFareNucCurrency DateCreatedUtc"
        " DateModifiedUtc Endorsements InvoiceNumber IssueDateTime IssueDateTimeUTC IssuingIataAgencyNumber"
        " IssuingPseudoCity LinearFareConstructor MasterTicketNumber NameReference PassengerName"
        " PlatingCarrierNumericCode PlatingControlNumber ProgramCarrierCode ProgramMembershipNumber"
        " RecordLocator SabreDkNumber Ticketless ComparisonFare ComparisonFareCurrency TicketType TotalFare"
        " TotalFareCurrency TourIdentifier AirlineCharges/ AirlineTicketCoupons/ AirlineTicketExchanges/"
        " AirlineTicketFareBreakups/ Taxes/"
    ),
    "AirlineTicketCoupons": "AirlineTicketCoupon*",
    "AirlineTicketCoupon": (
        "ClassOfService CouponNumber CouponStatus EndCityCode FlightNumber NotValidAfterDate"
        " NotValidBeforeDate RateCode StartCityCode StartDateLocal Status TicketDesignator Vendor"
    ),
    "AirlineTicketExchanges": "AirlineTicketExchange*",
    "AirlineTicketExchange": (
        "Amount AppliedSegment1 AppliedSegment10 AppliedSegment2 AppliedSegment3 AppliedSegment4"
        " AppliedSegment5 AppliedSegment6 AppliedSegment7 AppliedSegment8 AppliedSegment9 Currency"
        " OldRecordLocator DateModifiedUtc PlatingCarrierNumericCode PlatingControlNumber"
    ),
    "AirlineTicketFareBreakups": "AirlineTicketFareBreakup*",
    "AirlineTicketFareBreakup": (
        "BaseFare ClassOfService Currency EndCityCode FareBasisCode IsRefundable StartCityCode TotalFare"
        " Vendor"
    ),
    "ManualAirlineTicket": (
        "BaseFare BaseFareCurrency DateCreatedUtc DateModifiedUtc TotalFare TotalFareCurrency AirlineCharges/"
        " Taxes/"
    ),
    "AirlineAdjustment": (
        "AddCollectAmount AdjustmentDateTime AdjustmentDateTimeUTC AdjustmentType DateCreatedUtc"
        " DateModifiedUtc PassengerName PlatingCarrierNumericCode PlatingControlNumber RecordLocator"
        " TotalAdjustment TotalAdjustmentCurrency Taxes/ AirlineCharges/"
    ),
    "Charges": "Fixed* Percent* Rate* RateWithAllowance*",
    "Fixed": f"{_CHARGE} {_SEMANTICS}",
    "Percent": f"{_CHARGE} {_SEMANTICS}",
    "Rate": f"{_CHARGE} NumUnits PerUnit {_SEMANTICS}",
    "RateWithAllowance": (
        f"AllowanceAmount AllowanceIsUnlimited AllowanceNumUnits AllowanceUnit {_CHARGE} NumUnits PerUnit"
        f" {_SEMANTICS}"
    ),
    "MiscChargeOrders": "MiscellaneousChargeOrder*",
    "MiscellaneousChargeOrder": (
        "DateCreatedUtc DateModifiedUtc IssueDate PlatingCarrierNumericCode PlatingControlNumber TotalAmount"
        " TotalAmountCurrency"
    ),
    "Passengers": "Passenger*",
    "Passenger": (
        "FirstNameNumber LastNameNumber NameFirst NameLast NameMiddle NamePrefix NameRemark NameSuffix"
        " NameTitle TextName FrequentTravelerPrograms/"
    ),
    "FrequentTravelerPrograms": "RailProgram* FrequentFlyer*",
    "RailProgram": (
        "Description DiscountProgramExpirationDate DiscountProgramType ProgramNumber ProgramVendor Status"
        " StatusExpirationDate"
    ),
    "FrequentFlyer": (
        "AirlineVendor Description DiscountProgramExpirationDate DiscountProgramType FrequentFlyerNumber"
        " ProgramVendor Status StatusExpirationDate"
    ),
    "PassPrograms": "PassProgram*",
    "PassProgram": "Amount Name Type UserFirstName UserLastName",
    "PhoneNumbers": "PhoneNumberData*",
    "PhoneNumberData": "PassengerRPH PhoneNumber Type Description",
    "RailPayments": "RailAdjustment* RailPayment*",
    "RailAdjustment": (
        "AdjustmentDateTime AdjustmentDateTimeUTC AdjustmentType DateCreatedUtc DateModifiedUtc"
        " TicketDocumentIdentifier TotalAdjustment TotalAdjustmentCurrency Taxes/ RailCharges/"
    ),
    "RailPayment": (
        "BaseFare BaseFareCurrency DateCreatedUtc DateModifiedUtc IssueByDate IssueDateTime IssueDateTimeUTC"
        " TaxInvoice vatApplicable IncludesVAT TicketDocumentIdentifier TicketType TotalFare"
        " TotalFareCurrency RailCharges/ Taxes/"
    ),
    "Remarks": "TripLinkRemarks*",
    "TripLinkRemarks": "TripLinkRemark*",
    "TripLinkRemark": "Text",
    "Delivery": (
        "LocationAdditionalDetails AddressLine1 AddressLine2 City Country LocationDesc Email Latitude"
        " Longitude LocationName PhoneNumber ReferenceNumber State Type Zip"
    ),
    "WebAddresses": "WebAddressData*",
    "WebAddressData": "PassengerRPH WebAddress Format Type Description",
    "Segments": " ".join(f"{name}*" for name in SEGMENT_ELEMENTS),
    "Seats": "AirSeat* RailSeat*",
    "AirSeat": "PassengerRph SeatNumber Status",
    "RailSeat": (
        "Amenities BerthPosition Deck FacingForward FareSpaceComfort PassengerRph SeatNumber SeatPosition"
        " SeatType SpaceType Status WagonNumber WagonType"
    ),
    "Air": (
        "AircraftCode Bags Cabin CancellationNumber CancellationPolicy CarbonEmissionLbs CarbonModel"
        f" CheckedBaggage ClassOfService ConfirmationNumber {_CANCELLED} Duration EndCityCode EndDateLocal"
        " EndDateUtc EndGate EndTerminal ETicket FlightNumber FrequentTravelerId IsOpenSegment"
        " IsPreferredVendor IsUpgradeAllowed LegId Meals Miles Notes NumStops OpenSegment"
        " OperatedByFlightNumber OperatedByVendor OperatedByVendorName Services SpecialInstructions"
        " StartCityCode StartDateLocal StartDateUtc StartGate StartTerminal Status TimeZoneId TimeZone"
        f" UpgradedDateTime Vendor VendorName VendorFlags Charges/ Seats/ Remarks/ {_CARD} RuleViolations/"
    ),
    "Car": (
        "AirCondition Body CancellationNumber Class ConfirmationNumber Currency DailyRate"
        f" {_CANCELLED} DiscountCode DropoffCollectionAddress1 DropoffCollectionAddressType"
        " DropoffCollectionCategory DropoffCollectionCity DropoffCollectionCityCode DropoffCollectionCountry"
        " DropoffCollectionLatitude DropoffCollectionLongitude DropoffCollectionNumber"
        " DropoffCollectionPhoneNumber DropoffCollectionPostalCode DropoffCollectionState EndAddress"
        " EndAddress2 EndCity EndCityCode EndCloseTime EndCountry EndDateLocal EndDateUtc EndLatitude"
        " EndLocation EndLongitude EndOpenTime EndPhoneNumber EndPostalCode EndState FrequentTravelerId"
        f" {_CARD} IsPreferredVendor IsUpgradeAllowed Notes NumCars NumPersons PhoneNumber"
        " PickupDeliveryAddress1 PickupDeliveryAddressType PickupDeliveryCategory PickupDeliveryCity"
        " PickupDeliveryCityCode PickupDeliveryCountry PickupDeliveryLatitude PickupDeliveryLongitude"
        " PickupDeliveryNumber PickupDeliveryPhoneNumber PickupDeliveryPostalCode PickupDeliveryState"
        " RateCode RateType SpecialEquipment SpecialInstructions StartAddress StartAddress2 StartCity"
        " StartCityCode StartCloseTime StartCountry StartDateLocal StartDateUtc StartLatitude StartLocation"
        " StartLongitude StartOpenTime StartPostalCode StartState Status TimeZoneId TimeZone TotalRate"
        " Transmission UpgradedDateTime Vendor VendorFlags VendorName Charges/ Remarks/ CancellationPolicy"
    ),
    "Hotel": (
        "CancellationNumber CancellationPolicy CheckinTime CheckoutTime ConfirmationNumber Currency DailyRate"
        f" {_CANCELLED} DiscountCode EndDateLocal EndDateUtc EquipmentCode FrequentTravelerId HadDeposit"
        f" HotelPropertyId {_CARD} IsPreferredVendor IsUpgradeAllowed ModificationCode Name Notes NumPersons"
        " NumRooms PartnerMembershipId PassiveType PhoneNumber RateAccess RateCode RateType RoomDescription"
        f" RoomType SpecialInstructions {_START.format(code='StartCityCode')} StartLatitude StartLongitude"
        " SearchLocationLatitude SearchLocationLongitude StartPostalCode StartState Status TimeZoneId"
        " TimeZone TotalRate UpgradedDateTime Vendor VendorName VendorFlags Charges/ Remarks/"
        " HotelServiceVendorName"
        " HotelServiceLocalizedVendorName EndCityCode"
    ),
    "Dining": (
        f"CancellationNumber ConfirmationNumber {_CANCELLED} EndDateLocal EndDateUtc FrequentTravelerId"
        " IsPreferredVendor IsUpgradeAllowed Name Notes NumPersons PhoneNumber ReservationId RestaurantId"
        f" {_START.format(code='')} StartLatitude StartLongitude StartPostalCode StartState Status TimeZoneId"
        " TimeZone UpgradedDateTime Vendor VendorName VendorFlags Charges/ Remarks/"
    ),
    "Ride": (
        f"CancellationNumber CancellationPolicy ConfirmationNumber Currency {_CANCELLED}"
        " DropoffInstructions Duration EndAddress EndAddress2 EndCity EndCityCode EndCountry EndDateLocal"
        " EndDateUtc EndLatitude EndLocation EndLocationCode EndLocationName EndLongitude EndPostalCode"
        " EndState IsPreferredVendor IsUpgradeAllowed MeetingInstructions Miles Name Notes NumberOfHours"
        " NumPersons OperatedByVendor PassiveCityCode PhoneNumber PickupInstructions ProviderFeedback Rate"
        " RateDescription RateNotes RateType ReservationId SpecialInstructions StartAddress StartAddress2"
        " StartCity StartCityCode StartCountry StartDateLocal StartDateUtc StartLatitude StartLocation"
        " StartLocationCode StartLocationName StartLongitude StartPostalCode StartState Status TimeZoneId"
        f" TimeZone TotalRate UpgradedDateTime Vendor VendorName VendorFlags Charges/ Remarks/ {_CARD}"
        " IsPersonal"
    ),
    "Rail": (
        f"Amenities Cabin CancellationNumber CarbonEmissionLbs CarbonModel ClassOfService ConfirmationNumber"
        f" Currency {_CANCELLED} DiscountCode Duration EndCity EndCityCode EndCountry EndDateLocal EndDateUtc"
        " EndLatitude EndLongitude EndPlatform EndRailStation EndRailStationName EndState ETicket FareType"
        f" FrequentTravelerId {_CARD} IsPreferredVendor IsUpgradeAllowed LegId Meals Miles Notes NumPersons"
        " NumStops OperatedByTrainNumber OperatedByVendor RateCode RouteRestrictCode SpecialInstructions"
        " StartCity StartCityCode StartCountry StartDateLocal StartDateUtc StartLatitude StartLongitude"
        " StartPlatform StartRailStation StartRailStationName StartState Status TimeZoneId TimeZone TotalRate"
        " TrainNumber TrainTypeCode TrainTypeName TransportMode UpgradedDateTime Vendor VendorName"
        " VendorFlags WagonNumber Charges/ Seats/ Remarks/"
    ),
    "Parking": (
        f"CancellationNumber ClassOfService ConfirmationNumber Currency {_CANCELLED} EndDateLocal EndDateUtc"
        " FrequentTravelerId IsPreferredVendor IsUpgradeAllowed Name Notes OperatedByVendor ParkingLocationId"
        f" PhoneNumber Pin RateCode {_START.format(code='StartCityCode')} StartLocation StartPostalCode"
        " StartState Status TimeZoneId TimeZone TotalRate UpgradedDateTime Vendor VendorFlags Charges/"
        " Remarks/ VendorName"
    ),
    "Travel": (
        f"CancellationNumber ConfirmationNumber Currency DailyRate {_CANCELLED} EndAddress EndAddress2"
        " EndCity EndCityCode EndCountry EndDateLocal EndDateUtc EndLatitude EndLocation EndLongitude"
        f" EndPostalCode EndState {_CARD} TransportMode Notes NumPersons PhoneNumber SpecialInstructions"
        f" {_START.format(code='StartCityCode')} StartLatitude StartLocation StartLongitude StartPostalCode"
        " StartState Status TimeZoneId TimeZone TotalRate Vendor Charges/ VendorName Seats/"
    ),
    "Event": (
        f"CancellationNumber CesId CliqbookId ConfirmationNumber Currency {_CANCELLED} EndDateLocal"
        " EndDateUtc EReceiptStatus IsPreferredVendor IsUpgradeAllowed Name Notes NumPersons PhoneNumber"
        f" SegmentKey SegmentLocator SentToAirplus {_START.format(code='')} StartLatitude StartLongitude"
        " StartPostalCode StartState Status TimeZoneId TimeZone TotalRate TransientSegmentNumber Type"
        " UpgradedDateTime Vendor VendorFlags Charges/ Remarks/"
    ),
    # What `systemFormat=Tripit` answers with, in TripIt's names and in no namespace.
    "Response": "Trip/ AirObject*",
    "Trip": "id relative_url start_date end_date display_name is_private",
    "AirObject": (
        "booking_site_conf_num booking_site_name booking_site_phone booking_site_url record_locator"
        " supplier_conf_num supplier_contact supplier_email_address supplier_name supplier_phone supplier_url"
        " is_purchased notes restrictions total_cost Segment* Traveler*"
    ),
    "Segment": (
        "StartDateTime/ EndDateTime/ start_airport_code start_gate start_terminal end_airport_code end_gate"
        " end_terminal marketing_airline marketing_flight_number aircraft duration distance notes seats"
        " service_class stops"
    ),
    "StartDateTime": "date time",
    "EndDateTime": "date time",
    "Traveler": (
        "first_name middle_name last_name frequent_traveler_num frequent_traveler_supplier ticket_num"
    ),
}


class Elements(NamedTuple):
    """What may stand in one element: in order, each with its kind."""

    order: tuple[str, ...]
    texts: frozenset[str]
    parents: frozenset[str]
    """Elements with children that stand once."""
    repeated: frozenset[str]
    """Elements with children that may stand often."""
    required: frozenset[str]
    """Elements with text that are written as nil where they are absent."""


def _elements(row: str) -> Elements:
    names = row.split()
    return Elements(
        order=tuple(name.rstrip("/*?") for name in names),
        texts=frozenset(name.rstrip("?") for name in names if name[-1] not in "/*"),
        parents=frozenset(name[:-1] for name in names if name[-1] == "/"),
        repeated=frozenset(name[:-1] for name in names if name[-1] == "*"),
        required=frozenset(name[:-1] for name in names if name[-1] == "?"),
    )


ELEMENTS: Mapping[str, Elements] = {name: _elements(row) for name, row in _ROWS.items()}

_DATES_OF_OURS = frozenset({"DateCreatedUtc", "DateModifiedUtc"})
SET_BY_US: Mapping[str, frozenset[str]] = {
    "Itinerary": _DATES_OF_OURS
    | {
        "id", "TripId", "ItinLocator", "BookedVia", "HasOpenBookingPassive", "UserLoginId",
        "TripLinkLocator", "DateBookedLocal", "StartDateLocal", "StartDateUtc", "EndDateLocal", "EndDateUtc",
    },
    "Booking": _DATES_OF_OURS | {"BookingOwner", "Source", "RetrievedDateUtc"},
    **dict.fromkeys(SEGMENT_ELEMENTS, _DATES_OF_OURS),
}  # fmt: skip
"""What the service computes itself: posted values are discarded, as Concur does."""

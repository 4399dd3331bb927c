"""Codes of the travel trade that stand for the same thing: a city for its airports, two letters for a name.

Tables, not rules: a row more is a change of data. Only what is beyond doubt stands here; a code that is
missing compares as it is written.
"""

from collections.abc import Mapping


def _by_airport(**airports: str) -> Mapping[str, str]:
    return {airport: city for city, codes in airports.items() for airport in codes.split()}


CITY_OF_AIRPORT: Mapping[str, str] = _by_airport(
    BUE="AEP EZE", BJS="PEK PKX", CHI="ORD MDW", LON="LHR LGW LCY LTN STN SEN", MIL="MXP LIN BGY",
    MOW="SVO DME VKO", NYC="JFK LGA EWR", OSA="KIX ITM UKB", PAR="CDG ORY BVA", RIO="GIG SDU", ROM="FCO CIA",
    SAO="GRU CGH VCP", SEL="ICN GMP", STO="ARN BMA NYO VST", TYO="NRT HND", WAS="IAD DCA BWI", YMQ="YUL YHU",
    YTO="YYZ YTZ",
)  # fmt: skip
"""IATA metropolitan area codes: a source that says NYC may mean any airport of New York."""

RENTAL_COMPANIES: Mapping[str, str] = {
    "AL": "Alamo", "EP": "Europcar", "ET": "Enterprise", "SX": "Sixt", "ZD": "Budget", "ZE": "Hertz",
    "ZI": "Avis", "ZL": "National", "ZR": "Dollar", "ZT": "Thrifty",
}  # fmt: skip
"""Vendor codes of car rental as reservation systems write them."""

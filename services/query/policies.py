"""Who may call which route of the query service: one table, by the route's name; else it is closed."""

from collections.abc import Mapping

from services.platform.tokens import ANYONE, Policy

READ_TRIPS = Policy(
    kinds=frozenset({"traveller", "admin", "tmc", "supplier", "third_party"}),
    scopes=frozenset({"trips:read", "ITINER"}),
)
"""Whoever reads trips; `ITINER` is the scope of the Concur API."""

HAND_OUT_LINKS = Policy(kinds=frozenset({"traveller", "admin"}), scopes=frozenset({"trips:read"}))
"""Whoever may hand out a link that shows everything."""
SEE_EVERYBODY = Policy(kinds=frozenset({"admin"}), scopes=frozenset({"trips:read"}))
"""Whoever looks after a company's travellers."""
SEE_WHO_LOOKED = Policy(kinds=frozenset({"traveller", "admin"}), scopes=frozenset({"trips:read"}))
"""Whoever travels, and so may see who looked up where they are: each what is of themselves."""
REVIEW_MAILS = Policy(kinds=frozenset({"traveller", "admin"}), scopes=frozenset({"trips:read"}))
"""Whoever may look at mails: the API shows each their own, and an administrator the company's."""
MANAGE_WEBHOOKS = Policy(kinds=frozenset({"admin"}), scopes=frozenset({"trips:read"}))
"""Whoever decides for the company who hears of its trips."""
CHANGE_TRIPS = Policy(kinds=frozenset({"traveller", "admin"}), scopes=frozenset({"bookings:write"}))
"""Whose word outranks every source, on the page as through the API."""

POLICIES: Mapping[str, Policy] = {
    "list_trips": READ_TRIPS,
    "get_trip": READ_TRIPS,
    "get_trip_provenance": READ_TRIPS,
    "get_message": READ_TRIPS,
    "list_changes": READ_TRIPS,
    "listen_to_changes": READ_TRIPS,
    "get_trip_history": READ_TRIPS,
    "list_trip_overrides": READ_TRIPS,
    "list_concur_trips": READ_TRIPS,
    "post_get_concur_trips": READ_TRIPS,
    "get_concur_trip": READ_TRIPS,
    "list_concur_v4_trips": READ_TRIPS,
    "get_concur_v4_trip": READ_TRIPS,
    "list_code_tables": READ_TRIPS,
    "get_code_table": READ_TRIPS,
    "show_trips": READ_TRIPS,
    "show_trip": READ_TRIPS,
    "show_trip_as_text": READ_TRIPS,
    "show_why": READ_TRIPS,
    "show_history": READ_TRIPS,
    "mark_as_seen": READ_TRIPS,
    "show_expense": READ_TRIPS,
    "expense_csv": READ_TRIPS,
    "trips_json": READ_TRIPS,
    "follow_page": READ_TRIPS,
    "list_travellers": SEE_EVERYBODY,
    "show_people": SEE_EVERYBODY,
    "people_csv": SEE_EVERYBODY,
    "show_who_looked": SEE_WHO_LOOKED,
    "show_review": REVIEW_MAILS,
    "show_mail": REVIEW_MAILS,
    "settle_mail": CHANGE_TRIPS,
    "show_links": HAND_OUT_LINKS,
    "make_calendar_link": HAND_OUT_LINKS,
    "change_calendar_link": HAND_OUT_LINKS,
    "share_trip": HAND_OUT_LINKS,
    "take_share_back": HAND_OUT_LINKS,
    "show_shared": ANYONE,
    "list_shares": HAND_OUT_LINKS,
    "make_share": HAND_OUT_LINKS,
    "revoke_share": HAND_OUT_LINKS,
    "change_trip": CHANGE_TRIPS,
    "undo_change": CHANGE_TRIPS,
    "show_blank_booking": CHANGE_TRIPS,
    "change_kind": CHANGE_TRIPS,
    "add_booking": CHANGE_TRIPS,
    "show_own_booking": CHANGE_TRIPS,
    "restate_booking": CHANGE_TRIPS,
    "begin_sign_in": ANYONE,
    "finish_sign_in": ANYONE,
    "sign_out": ANYONE,
    "static_file": ANYONE,
    "offline_worker": ANYONE,
    "list_calendar_feeds": HAND_OUT_LINKS,
    "make_calendar_feed": HAND_OUT_LINKS,
    "rotate_calendar_feed": HAND_OUT_LINKS,
    "switch_calendar_feed_off": HAND_OUT_LINKS,
    "get_calendar": ANYONE,
    "show_webhooks": MANAGE_WEBHOOKS,
    "show_webhook": MANAGE_WEBHOOKS,
    "use_webhook": MANAGE_WEBHOOKS,
    "list_webhooks": MANAGE_WEBHOOKS,
    "make_webhook": MANAGE_WEBHOOKS,
    "get_webhook": MANAGE_WEBHOOKS,
    "change_webhook": MANAGE_WEBHOOKS,
    "remove_webhook": MANAGE_WEBHOOKS,
    "rotate_webhook_secret": MANAGE_WEBHOOKS,
    "test_webhook": MANAGE_WEBHOOKS,
    "list_webhook_deliveries": MANAGE_WEBHOOKS,
    "get_webhook_delivery": MANAGE_WEBHOOKS,
    "redrive_webhook_deliveries": MANAGE_WEBHOOKS,
    "redrive_webhook_delivery": MANAGE_WEBHOOKS,
    "show_problem": ANYONE,
    "live": ANYONE,
    "ready": ANYONE,
    "protected_resource": ANYONE,
}

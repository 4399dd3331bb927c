"""Settings of the query service and the projector."""

from datetime import timedelta

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.query.domain.subscriptions import Patience


class QuerySettings(BaseSettings):
    """How trips are served; variables are `ITINERARY_QUERY_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_QUERY_")

    host: str = "127.0.0.1"
    port: int = Field(default=8082, ge=0, le=65_535)
    """Where the process listens when it runs alone; 0 takes a free port."""
    public_url: str = "http://127.0.0.1:8082"
    """The base URL by which clients know the service."""
    api_url: str | None = None
    """Where the page sends what people change; the public URL if not set."""
    pool_connections: int = Field(default=10, ge=1)
    wait_seconds: float = Field(default=10.0, gt=0, le=60)
    """How long a read waits for the position that it was given."""
    requests_per_minute: int = Field(default=600, ge=1)
    """How often one caller may ask in a minute, of each process; what did not change (304) is free."""
    concur_requests_per_minute: int = Field(default=4000, ge=1)
    """The same on Concur's routes, where it is what Concur itself allows; counted apart."""
    link_requests_per_minute: int = Field(default=60, ge=1)
    """How often one link to a calendar or to a shared trip may be opened in a minute, of each process."""
    own_reads_secret: SecretStr | None = None
    """By which what ingest reads to answer a post is known, and not counted; give ingest the same."""
    cors_origins: tuple[str, ...] = ()
    """Web sites whose scripts may call the API, as a JSON list of origins; none by default."""


class SignInSettings(BaseSettings):
    """How people sign in to the page; variables are `ITINERARY_SIGN_IN_…`.

    The page is a client of the issuer whose tokens the service believes. Register
    `<public URL>/sign-in/callback` there as its redirect address.
    """

    model_config = SettingsConfigDict(env_prefix="ITINERARY_SIGN_IN_")

    client_id: str = "itinerary-page"
    client_secret: SecretStr | None = None
    """Only where the issuer insists on one; the code is proven by PKCE either way."""
    authorize_url: str | None = None
    token_url: str | None = None
    session_keys: tuple[SecretStr, ...] = ()
    """What seals the cookies, as a JSON list of Fernet keys, the newest first; the same for every gateway."""

    @property
    def is_complete(self) -> bool:
        """Whether people can sign in."""
        return bool(self.authorize_url and self.token_url and self.session_keys)


class ProjectorSettings(BaseSettings):
    """How the projector reads; variables are `ITINERARY_PROJECTOR_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_PROJECTOR_")

    group: str = "projector"
    """The consumer group among whose members the partitions are spread."""
    batch_records: int = Field(default=500, ge=1)
    attempts: int = Field(default=6, ge=1)
    """How often a batch is tried, in doubling pauses from 0.2 s, before the process ends."""
    changes_days: int = Field(default=30, ge=1)
    """How long each version of a trip is kept for `GET /v1/changes` and for its history."""
    messages_days: int = Field(default=45, ge=38)
    """How long is told what became of a message: longer than `bookings.v1` keeps it, which is 30 days and
    then until a whole segment goes, of seven days by the broker's default. `verify` looks for both."""
    openings_days: int = Field(default=365, ge=1)
    """How long travellers are told who looked up where they are."""


EVERYBODY = "*"
"""Instead of a tenant: every one."""


class WebhookSettings(BaseSettings):
    """How webhooks are kept and sent; variables are `ITINERARY_WEBHOOKS_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_WEBHOOKS_")

    sealing_keys: SecretStr | None = None
    """Keys that seal webhooks' secrets, parted by commas, the newest first; without one there are none."""
    private_origins: dict[str, tuple[str, ...]] = Field(default_factory=dict[str, tuple[str, ...]])
    """By tenant (`*`: every one), where its webhooks may lead though it is private or without TLS; JSON."""
    public_url: str = "http://127.0.0.1:8080"
    """By which receivers know the service; it stands in what is sent in Concur's form."""
    group: str = "itinerary-webhooks"
    """The consumer group among whose members the partitions of `trip-events.v1` are spread."""
    batch_records: int = Field(default=500, ge=1)
    endpoints: int = Field(default=200, ge=1)
    """How many are served side by side by one process."""
    batch_deliveries: int = Field(default=50, ge=1)
    """How many one of them is sent before the others have their turn; after a crash these may come twice."""
    request_seconds: float = Field(default=10.0, gt=0)
    """How long an endpoint may take to answer."""
    visit_seconds: float = Field(default=20.0, gt=0)
    """After this no further request of a visit is begun."""
    lease_seconds: float = Field(default=60.0, gt=0)
    """How long after the death of a process another takes over; above visit and request together."""
    look_seconds: float = Field(default=0.5, gt=0)
    """How long a sender rests that found nothing due."""
    first_again_seconds: float = Field(default=5.0, gt=0)
    """How long after its first failure a delivery is tried again; it grows to 8,640 times that."""
    tried_seconds: float = Field(default=259_200, gt=0)
    """For how long a delivery is tried: three days."""
    most_waiting: int = Field(default=100_000, ge=1)
    """So many may wait for one webhook; of more the oldest are dead until they are redriven."""
    kept_days: int = Field(default=35, ge=31)
    """How long deliveries are kept: longer than `trip-events.v1`, so that nothing is queued twice."""

    def private_origins_of(self, tenant: str) -> frozenset[str]:
        """Return where this tenant's webhooks may lead beside the public internet."""
        named = self.private_origins
        return frozenset((*named.get(tenant, ()), *named.get(EVERYBODY, ())))

    @property
    def patience(self) -> Patience:
        """How long a delivery is tried."""
        return Patience(self.first_again_seconds, timedelta(seconds=self.tried_seconds))

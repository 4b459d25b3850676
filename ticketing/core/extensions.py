"""Flask extensions, created unbound; each part's ``init_app`` binds its own."""

from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_socketio import SocketIO

jwt = JWTManager()
limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True)
migrate = Migrate()
socketio = SocketIO()

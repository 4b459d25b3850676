"""Flask extensions, created unbound; each part's ``init_app`` binds its own.

Flask-Limiter and Flask-SocketIO keep counts and connections in these objects, so a
process serves one application: the one that bound them last.
"""

from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_socketio import SocketIO

from ticketing.core.auth import current_network

jwt = JWTManager()
# When Redis fails, no call fails with it: this process counts by itself.
limiter = Limiter(current_network, in_memory_fallback_enabled=True, swallow_errors=True)
socketio = SocketIO()

"""
Middleware for Python APIs: clients sign their requests as for AWS, and iamd says who they are and whether they may.

`AsgiMiddleware` and `WsgiMiddleware` ask iamd (``POST /_iamd/authz/check``) with the key of an enforcement point before the
application sees a request.  What no route is for is refused, and so is everything while iamd cannot be asked.
"""

from iamd.enforcement.points import ApiRoute as Route
from iamd.middleware.asgi import AsgiMiddleware
from iamd.middleware.asking import Iamd, Principal
from iamd.middleware.wsgi import WsgiMiddleware

__all__ = ["AsgiMiddleware", "Iamd", "Principal", "Route", "WsgiMiddleware"]

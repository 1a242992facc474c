"""Security headers on every answer."""

from __future__ import annotations

from flask import Response, current_app, request

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# Passkeys need what is named "publickey-credentials-…", and nothing else is needed at all.
_PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "screen-wake-lock",
        "serial",
        "usb",
    )
)


# Their addresses change with their content.
_KEPT_BY_BROWSERS = frozenset({"static", "brand.stylesheet", "brand.logo"})


def add_security_headers(response: Response) -> Response:
    """No foreign content, no referrer (a link's token must not travel), no caching of pages."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _POLICY)
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = _PERMISSIONS
    # A proxy that ends https may not say so; browsers ignore the header where there is none.
    if request.is_secure or current_app.config["BASE_URL"].startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint in _KEPT_BY_BROWSERS and response.status_code < 400:
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = 30 * 24 * 3600
    else:
        headers["Cache-Control"] = "no-store"
    return response

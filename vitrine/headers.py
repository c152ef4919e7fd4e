"""Headers that Django has no setting for."""

# The exceptions from the one policy of `settings.SECURE_CSP`, with their reasons.
#
# Photos that people sent: stricter still. Whatever somebody managed to put into one, it opens nothing and runs nothing.
MEDIA_POLICY = "default-src 'none'; sandbox"

# Only a position, asked for by a button of ours, and passkeys for the desks.
PERMISSIONS_POLICY = ", ".join(
    [
        "geolocation=(self)",
        "publickey-credentials-get=(self)",
        "publickey-credentials-create=(self)",
        *(
            f"{feature}=()"
            for feature in (
                "accelerometer",
                "camera",
                "display-capture",
                "gyroscope",
                "magnetometer",
                "microphone",
                "midi",
                "payment",
                "usb",
                "browsing-topics",
            )
        ),
    ]
)


class PermissionsPolicyMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

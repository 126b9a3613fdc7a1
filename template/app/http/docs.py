"""/docs: Swagger UI for the OpenAPI document, with nothing from the internet.

All URLs are relative, so that a prefix before the path needs no word here, and no
script stands in the page: it works under a strict Content-Security-Policy.
"""

from html import escape
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_oauth2_redirect_html
from starlette.responses import FileResponse, HTMLResponse, Response

ASSETS = Path(str(files("fastapi_offline"))) / "static"
POLICY = (  # what is tried out may be on another server
    "default-src 'self'; connect-src *; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
)
PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="docs/favicon.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
START = """\
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  oauth2RedirectUrl: new URL("docs/oauth2-redirect", window.location).href,
});
"""


def install(app: FastAPI) -> None:
    """Serve the page and what it loads."""
    page = PAGE.format(title=escape(app.title))

    async def docs(request: Request) -> Response:
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    async def start(request: Request) -> Response:
        return Response(START, media_type="text/javascript")

    async def redirect(request: Request) -> Response:
        return get_swagger_ui_oauth2_redirect_html()

    async def asset(request: Request) -> Response:
        return FileResponse(ASSETS / request.url.path.rpartition("/")[2])

    app.add_route("/docs", docs, include_in_schema=False)
    app.add_route("/docs/start.js", start, include_in_schema=False)
    app.add_route("/docs/oauth2-redirect", redirect, include_in_schema=False)
    for name in ("favicon.png", "swagger-ui.css", "swagger-ui-bundle.js"):
        app.add_route(f"/docs/{name}", asset, include_in_schema=False)

"""The page at `/docs`: what OpenAPI says of the routes, as plain HTML that loads nothing from elsewhere."""

from collections.abc import Iterable
from html import escape
from typing import Any

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title} over HTTP</title>
<link rel="stylesheet" href="page/style.css">
<body class="docs">
<h1>{title} {version} over HTTP</h1>
<p>{description}</p>
<p><a href="./">The editor</a> · <a href="openapi.json">openapi.json</a>, for tools that read OpenAPI</p>
{routes}
</body>
</html>
"""


def render_docs(schema: dict[str, Any]) -> str:
    """HTML of an OpenAPI schema."""
    info = {name: escape(schema["info"][name]) for name in ("title", "version", "description")}
    routes = [
        _route(method.upper(), path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return _PAGE.format(**info, routes="\n".join(routes))


def _route(method: str, path: str, operation: dict[str, Any]) -> str:
    lines = [f"<h2><code>{method} {escape(path)}</code></h2>", f"<p>{escape(operation['summary'])}.</p>"]
    if "description" in operation:
        lines.append(f"<p>{escape(operation['description'])}</p>")
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        lines.append(f"<p>Body: <code>{escape(kind)}</code></p>")
        required = content["schema"].get("required", [])
        fields = content["schema"]["properties"].items()
        lines.append(
            _table((name, _about(field), "required" if name in required else "optional") for name, field in fields)
        )
    for parameter in operation.get("parameters", []):
        what = f"{parameter['in']}, {'required' if parameter['required'] else 'optional'}"
        lines.append(f"<p>Parameter <code>{escape(parameter['name'])}</code>: {what}</p>")
    answers = operation["responses"].items()
    lines.append(_table((status, escape(answer["description"])) for status, answer in answers if status != "422"))
    return "\n".join(lines)


def _about(field: dict[str, Any]) -> str:
    parts = [field.get("description", ""), " | ".join(field.get("enum", []))]
    parts += [f"default: {field['default']}"] if "default" in field else []
    return escape("; ".join(part for part in parts if part))


def _table(rows: Iterable[tuple[object, ...]]) -> str:
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"

"""House rules of templates, styles and scripts, read from the files: no database, no browser."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.mjs"))
SYMBOLS = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "img" / "icons.svg").read_text(encoding="utf-8")))
# icon('name'), icon_name='name', an item of the navigation, and the last word of a macro's defaults
ICON_IN_TEMPLATE = re.compile(r"""(?:\bicon\(|icon_name=)["']([a-z0-9-]+)["']""")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_compiles(path):
    environment = Environment(loader=FileSystemLoader(ROOT / "templates"), extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
    environment.parse(path.read_text(encoding="utf-8"), name_of(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_style_and_behaviour_stay_out_of_templates(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text), "the content policy would refuse it"
    inline = re.findall(r"<script(?![^>]*\bsrc=)", text)
    assert not inline, "scripts are modules under static/js, found by data-module"


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_the_layouts_alone_write_the_main_heading(path):
    if path.parent.name != "layouts":
        assert "<h1" not in path.read_text(encoding="utf-8"), "fill the block title instead: it is the title and the h1"


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_icon_a_template_names_is_drawn(path):
    missing = set(ICON_IN_TEMPLATE.findall(path.read_text(encoding="utf-8"))) - SYMBOLS
    assert not missing, f"add {sorted(missing)} to static/img/icons.svg"


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_module_a_template_names_exists(path):
    named = re.findall(r"data-module=\"([^\"]*)\"", path.read_text(encoding="utf-8"))
    words = {word for value in named for word in re.findall(r"[a-z]+(?:-[a-z]+)+", value)}
    missing = {word for word in words if not (ROOT / "static" / "js" / f"{word}.mjs").exists()}
    assert not missing, sorted(missing)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_chinese_text_goes_through_gettext(path):
    """What stands outside {{ _('…') }} and comments is never translated."""
    text = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.findall(r"[\u4e00-\u9fff]+", text)


@pytest.mark.parametrize("path", [*STYLES, *SCRIPTS], ids=name_of)
def test_styles_and_scripts_stay_small(path):
    limit = 400 if path.suffix == ".css" else 100
    assert len(path.read_text(encoding="utf-8").splitlines()) <= limit


@pytest.mark.parametrize("path", STYLES, ids=name_of)
def test_a_style_names_only_tokens_that_exist(path):
    declared = set(re.findall(r"(--[a-z0-9-]+)\s*:", "".join(style.read_text(encoding="utf-8") for style in STYLES)))
    used = set(re.findall(r"var\((--[a-z0-9-]+)", path.read_text(encoding="utf-8")))
    assert not {name for name in used - declared if not name.startswith("--bs-")}

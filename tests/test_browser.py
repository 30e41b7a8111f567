"""The browser of the tests refuses every page that breaks a rule of the house, and lets a page that keeps them all pass."""

import pytest
from bs4 import BeautifulSoup, SoupStrainer

from tests.browser import check_page
from tests.reading import page_of

FORM = '<form action="/x" method="post"><input type="hidden" name="csrf_token"><input id="a" aria-label="名"><label for="b">数</label>'
PAGE = (
    '<html lang="zh-CN"><head><title>申报 · 券链</title></head><body><h1>申报</h1><a href="/x">去</a>'
    f'{FORM}<select id="b"></select><label>说明<textarea></textarea></label><input type="submit"><button>交</button></form>'
    '<script type="application/json">{}</script><script src="/static/a.mjs"></script><img src="data:image/png;base64,"></body></html>'
)
FAULTS = [
    ('lang="zh-CN"', 'lang="fr"', "says its language"),
    ("<h1>申报</h1>", "", "one h1"),
    ("<h1>申报</h1>", "<h1>申报</h1><h1>又</h1>", "one h1"),
    ("<h1>申报</h1>", "<h1></h1>", "h1 says something"),
    ("<title>申报", "<title>别的", "starts with the h1"),
    ('id="b"></select>', 'id="a"></select>', "an id appears once"),
    ('action="/x"', "", "says where it goes"),
    ('name="csrf_token"', 'name="x"', "carries a token"),
    ('method="post"', 'method="POST"', None),
    ('method="post"><input type="hidden" name="csrf_token">', ">", None),
    ('name="csrf_token"', 'name="p-csrf_token"', None),
    (' aria-label="名"', "", "has a label"),
    (' aria-label="名"', ' aria-labelledby="c"', None),
    ('<input id="a" aria-label="名">', '<input type="HIDDEN">', None),
    ('<input id="a" aria-label="名">', '<input type="checkbox">', "has a label"),
    ('<label for="b">数</label>', "", "has a label"),
    ("<label>说明<textarea></textarea></label>", "<textarea></textarea>", "has a label"),
    ("<button>交</button>", "<button></button>", "says what it does"),
    ("<button>交</button>", '<button aria-label="交"></button>', None),
    ("<button>交</button>", '<button style="x">交</button>', "style lives in static"),
    ("</head>", "<style>a {}</style></head>", "style lives in static"),
    ("</body>", "<script>1</script></body>", "behaviour lives in static"),
    ("<button>交", '<button onclick="x()">交', "no inline handler"),
    ('src="/static/a.mjs"', 'src="https://elsewhere.cn/a.mjs"', "loaded from elsewhere"),
    ('src="/static/a.mjs"', 'src="//elsewhere.cn/a.mjs"', "loaded from elsewhere"),
    ("</head>", '<link href="https://elsewhere.cn/a.css"></head>', "loaded from elsewhere"),
    ('<a href="/x">', '<a href="https://elsewhere.cn">', None),
    ('<a href="/x">', '<a href="javascript:x()">', "a link leads somewhere"),
    ('<a href="/x">', "<a>", "a link leads somewhere"),
    ("<a href", "%(name)s<a href", "filled before it is shown"),
    ("<a href", "None <a href", "where there is nothing"),
]


def test_a_page_that_keeps_the_rules_passes():
    check_page(BeautifulSoup(PAGE, "html.parser"))


@pytest.mark.parametrize(("said", "instead", "complaint"), FAULTS)
def test_a_page_that_breaks_a_rule_is_refused(said, instead, complaint):
    assert said in PAGE
    page = BeautifulSoup(PAGE.replace(said, instead), "html.parser")
    if complaint is None:
        check_page(page)
        return
    with pytest.raises(AssertionError, match=complaint):
        check_page(page)


WRITTEN = [
    PAGE,
    "<!DOCTYPE html><!-- <b> --><p a=1 B='2' c d=\"&lt;&amp;&nbsp;&#20843;\" d=x>1 < 2 & 3 &amp; 4<br><br/><hr />五</P>",
    '<p\n class=" a  b "\n>六<script>if (a</b>1) "<p>"</script><style>p > b {}</style><textarea><b></textarea></div>',
    '<ul><li>1<li>2</ul><select><option selected value="">—<option value="1" disabled>一</select><p <b>x</b ><a href="/?a=1&b=2&copy=3">',
]


@pytest.mark.parametrize("text", WRITTEN)
@pytest.mark.parametrize("only", [None, "p", "form"])
def test_a_page_is_read_as_ever(text, only):
    wanted = BeautifulSoup(text, "html.parser", parse_only=SoupStrainer(only) if only else None)
    assert page_of(text, only=only) == wanted
    assert str(page_of(text, only=only)) == str(wanted)

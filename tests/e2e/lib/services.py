"""Stand-ins for the services that webhooks post to, written after what each documents: its address and
authorization, its own sign of success, its own errors, and what its markup would make of the text.

    s = SERVICES["slack"]()           a receiver on loopback
    s.conf()                          the lines of its [notify] section
    s.hook                            the Receiver: hook.order(**s.limited(2)) asks to wait 2 s, in the service's words
    s.show(entry)                     (text that a reader sees, links, what would call or obey: must be empty)

A request that breaks a rule of the service gets the service's error, and stands in s.refused with the reason.
Marks of ours (U+200B) are taken out of the text that is shown."""
import base64, html.parser, json, re, urllib.parse

from webhook import Receiver, make_secret

ZW = "\u200b"


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


def size(entry):
    return len(entry["body"].encode())


class Markup(html.parser.HTMLParser):
    """HTML as a chat reads it: text, addresses of links, and every tag."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.text, self.links, self.tags = "", [], []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "br":
            self.text += "\n"
        self.links += [value for name, value in attributes if name == "href"]

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.append("comment")

    handle_decl = handle_pi = unknown_decl = handle_comment


def backslashes(text, signs, zw):
    """Markdown with backslash escapes: (text, links, what is obeyed). zw: signs that only U+200B defuses."""
    shown, links, obeyed, i = "", [], [], 0
    while i < len(text):
        c = text[i]
        if c == "\\" and i + 1 < len(text) and text[i + 1] in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~":
            shown += text[i + 1]
            i += 2
            continue
        link = re.compile(r"\[((?:\\.|[^\]\\])*)\]\(([^()\s]*)\)").match(text, i)
        if link:
            label, inner, more = backslashes(link[1], signs, zw)
            shown, links, obeyed = shown + label, links + inner + [link[2]], obeyed + more
            i = link.end()
            continue
        if c in zw and text[i + 1:i + 2] != ZW:
            obeyed.append(text[i:i + 20])
        elif c in signs and c not in zw:
            obeyed.append(text[i:i + 20])
        shown += c
        i += 1
    return shown.replace(ZW, ""), links, obeyed


def defused(text, signs, line_start=""):
    """Markup without escapes: whatever sign of it stands there must have U+200B behind it."""
    obeyed = [text[m.start():m.start() + 20] for m in re.finditer("[" + re.escape(signs) + "](?!" + ZW + ")", text)]
    for line in text.split("\n") if line_start else []:
        if re.match(f"[{re.escape(line_start)}]|[0-9]+[.)]", line):
            obeyed.append(line[:20])
    return text.replace(ZW, ""), [], obeyed


class Service:
    path = "/hook"
    wait_sign = True  # its 429 says in its own words how long to wait
    unsigned = (200, "<html>please log in</html>")  # 2xx that is no success; None: any 2xx is
    too_long = None   # its own answer to a text that is too long

    def __init__(self):
        self.refused = []
        self.hook = Receiver(judge=self.judge, path=self.path)
        self.base = f"http://127.0.0.1:{self.hook.port}"

    def conf(self):
        return f"url = {self.hook.url}\n"

    def judge(self, entry):
        try:
            self.rules(entry)
        except AssertionError as e:
            self.refused.append(str(e))
            return self.bad(str(e))
        return self.good(entry)

    def rules(self, entry):
        assert entry["method"] == "POST" and entry["path"] == self.path, (entry["method"], entry["path"])
        assert entry["headers"].get("content-type") == "application/json" and entry["json"] is not None, "no JSON"
        assert "webhook-signature" not in entry["headers"], "a signature that nobody asked for"

    def good(self, entry):
        return {"status": 200, "body": "{}"}

    def bad(self, why):
        return {"status": 400, "body": json.dumps({"error": why})}

    def limited(self, seconds):
        return {"status": 429, "headers": {"Retry-After": str(seconds)}}


class Json(Service):
    name, unsigned, secret = "json", None, make_secret()

    def __init__(self):
        super().__init__()
        self.hook.secrets = [self.secret]

    def conf(self):
        return super().conf() + f"secret = {self.secret}\n"

    def rules(self, entry):
        assert entry["signed"], "wrong signature"
        assert size(entry) <= 256 << 10, "over 256 KiB"

    def good(self, entry):
        return {"status": 204}

    def show(self, entry):
        item = entry["json"]["data"]["item"]
        return item["title"], [item["url"]], []


class Slack(Service):
    name, path = "slack", "/services/T0000/B0000/secretsecret"
    unsigned, too_long = (200, "queued"), {"status": 400, "body": "msg_too_long"}

    def rules(self, entry):
        super().rules(entry)
        body = entry["json"]
        assert body.get("text") and len(body["text"]) <= 40000, "no_text"
        assert len(body["blocks"]) <= 50, "invalid_blocks"
        for block in body["blocks"]:
            text = block.get("text", {}).get("text", "x")
            assert 1 <= len(text) <= {"header": 150, "section": 3000}.get(block["type"], 3000), "invalid_blocks"
            assert block["type"] in ("header", "section", "context"), "invalid_blocks"
            for part in [block.get("text", {})] + block.get("elements", []):
                if part.get("type") == "mrkdwn":
                    _, links, obeyed = self.mrkdwn(part["text"])
                    assert not obeyed, f"markup: {obeyed}"
        assert body["unfurl_links"] is False and body["unfurl_media"] is False and body["link_names"] is False

    @staticmethod
    def mrkdwn(text):
        links, obeyed, entities = [], [], {"&amp;": "&", "&lt;": "<", "&gt;": ">"}

        def bracket(m):
            address, _, label = m[1].partition("|")
            (links if re.match("https?://", address) else obeyed).append(address)
            return label or address
        shown = re.sub("<([^>]*)>", bracket, text)
        obeyed += re.findall(r"[*_~`](?!" + ZW + r")", re.sub(r"<[^>]*>", "", text))
        obeyed += re.findall(r"&(?!amp;|lt;|gt;)", text)
        shown = re.sub("&(amp|lt|gt);", lambda m: entities[m[0]], shown)
        return shown.replace(ZW, ""), links, obeyed

    def show(self, entry):
        body = entry["json"]
        text, _, obeyed = self.mrkdwn(body["text"])
        links = []
        for block in body["blocks"]:
            if block["type"] == "section":
                _, more, bad = self.mrkdwn(block["text"]["text"])
                links, obeyed = links + more, obeyed + bad
        return body["blocks"][0]["text"]["text"], links, obeyed

    def good(self, entry):
        return {"status": 200, "body": "ok"}

    def bad(self, why):
        return {"status": 400, "body": "invalid_payload"}


class Discord(Service):
    name, path = "discord", "/api/webhooks/1234567890/secretsecret"
    too_long = {"status": 400, "body": json.dumps({"code": 50035, "message": "Invalid Form Body", "errors": {
        "embeds": {"0": {"description": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 4096 or "
                                                      "fewer in length."}]}}}}})}

    def rules(self, entry):
        body = entry["json"]
        assert entry["path"] == self.path + "?wait=true" and entry["method"] == "POST", entry["path"]
        assert "content" not in body and body["allowed_mentions"] == {"parse": []}, "mentions"
        assert 1 <= len(body["embeds"]) <= 10
        most = {"title": 256, "description": 4096}
        total = 0
        for embed in body["embeds"]:
            parts = [(embed.get("title", ""), 256), (embed.get("description", ""), 4096),
                     (embed.get("footer", {}).get("text", ""), 2048), (embed.get("author", {}).get("name", ""), 256)]
            for text, most in parts:
                assert len(text) <= most, f"BASE_TYPE_MAX_LENGTH {most}"
                total += len(text)
        assert total <= 6000, "MAX_EMBED_SIZE_EXCEEDED"

    def show(self, entry):
        embed = entry["json"]["embeds"][0]
        title, links, obeyed = backslashes(embed["title"], "*_~`|>#[]()<:", "@")
        _, more, bad = backslashes(embed.get("description", ""), "*_~`|>#[]()<:", "@")
        return title, [embed["url"]] + links + more, obeyed + bad

    def good(self, entry):
        return {"status": 200, "body": json.dumps({"id": "1170000000000000000", "type": 0})}

    def bad(self, why):
        return {"status": 400, "body": json.dumps({"code": 50035, "message": "Invalid Form Body", "why": why})}

    def limited(self, seconds):
        return {"status": 429, "body": json.dumps({"message": "You are being rate limited.", "retry_after": seconds - 0.25,
                                                   "global": False})}


class Mattermost(Service):
    name, path = "mattermost", "/hooks/secretsecret"
    too_long = {"status": 400, "body": json.dumps({"id": "api.post.create_post.too_long.app_error", "message": "The "
                                                   "post is too long", "status_code": 400})}

    def rules(self, entry):
        super().rules(entry)
        assert utf16(entry["body"]) <= 16383 * 2 and all(len(a["text"]) <= 16383 for a in entry["json"]["attachments"])

    def show(self, entry):
        a = entry["json"]["attachments"][0]
        signs = "*_`[]()<>#|:&"
        title, links, obeyed = backslashes(a["title"], signs, "@~")
        body = a["text"].rsplit("\n", 1)[0] + "\n"
        _, more, bad = backslashes(body, "*_`[]<>#|", "@~")
        _, more2, bad2 = backslashes(a["fallback"], signs, "@~")
        return title, [a["title_link"]] + links + more + more2, obeyed + bad + bad2

    def good(self, entry):
        return {"status": 200, "body": "ok"}

    def limited(self, seconds):
        return {"status": 429, "headers": {"X-RateLimit-Reset": str(seconds), "X-RateLimit-Remaining": "0"},
                "body": "limit exceeded"}


class RocketChat(Service):
    name, path = "rocketchat", "/hooks/64f0/secretsecret"
    unsigned = (200, "{}")
    too_long = {"status": 400, "body": json.dumps({"success": False, "error": "error-message-size-exceeded"})}

    def rules(self, entry):
        super().rules(entry)
        body = entry["json"]
        assert body["parseUrls"] is False
        assert len(body["text"]) <= 5000 and len(body["attachments"][0]["text"]) <= 5000, "error-message-size-exceeded"

    def show(self, entry):
        body, a = entry["json"], entry["json"]["attachments"][0]
        text, _, obeyed = defused(body["text"], "@#*_~`[]!")
        title, _, bad = defused(a["title"], "@#*_~`[]!")
        _, _, worse = defused(a["text"].rsplit("\n", 1)[0], "@#*_~`[]!", ">-+")
        assert title == text
        return title, [a["title_link"]], obeyed + bad + worse

    def good(self, entry):
        return {"status": 200, "body": '{"success":true}'}

    def bad(self, why):
        return {"status": 400, "body": json.dumps({"success": False, "error": why})}


class Teams(Service):
    name, unsigned = "teams", None
    path = "/workflows/0123/triggers/manual/paths/invoke?api-version=2016-06-01&sig=secretsecret"
    too_long = {"status": 400, "body": json.dumps({"error": {"code": "RequestEntityTooLarge"}})}

    def rules(self, entry):
        super().rules(entry)
        body = entry["json"]
        assert size(entry) <= 28 * 1024, "over 28 KB"
        assert body["type"] == "message" and len(body["attachments"]) == 1 and body["attachments"][0]["contentUrl"] is None
        assert body["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
        card = body["attachments"][0]["content"]
        assert card["type"] == "AdaptiveCard" and card["version"] == "1.4" and "msteams" not in card
        for block in card["body"]:
            assert block["type"] == "RichTextBlock", "foreign text where Markdown is obeyed: " + block["type"]
            assert all(run["type"] == "TextRun" and run["text"] for run in block["inlines"])
        assert all(a["type"] == "Action.OpenUrl" for a in card.get("actions", []))

    def show(self, entry):
        card = entry["json"]["attachments"][0]["content"]
        return (card["body"][0]["inlines"][0]["text"].replace(ZW, ""), [a["url"] for a in card["actions"]],
                re.findall("</?at>", entry["body"]))

    def good(self, entry):
        return {"status": 202, "body": ""}


class GoogleChat(Service):
    name, path = "google-chat", "/v1/spaces/AAAA/messages?key=KKKK&token=secretsecret"
    wait_sign = False
    too_long = {"status": 400, "body": json.dumps({"error": {"code": 400, "message": "Message is too long",
                                                             "status": "INVALID_ARGUMENT"}})}

    def rules(self, entry):
        body = entry["json"]
        assert entry["path"] == self.path + "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD", entry["path"]
        assert "text" not in body and size(entry) <= 32000 and body["thread"]["threadKey"]
        for one in body["cardsV2"]:
            assert one["cardId"] and one["card"]["header"]["title"]
            for section in one["card"].get("sections", []):
                for widget in section["widgets"]:
                    assert len(widget) == 1 and set(widget) <= {"textParagraph", "buttonList"}, widget
                    if "textParagraph" in widget:
                        tags = set(Markup(widget["textParagraph"]["text"]).tags)
                        assert tags <= {"a", "br"}, tags

    def show(self, entry):
        card = entry["json"]["cardsV2"][0]["card"]
        links = []
        for widget in card["sections"][0]["widgets"]:
            if "textParagraph" in widget:
                links += Markup(widget["textParagraph"]["text"]).links
            else:
                links += [b["onClick"]["openLink"]["url"] for b in widget["buttonList"]["buttons"]]
        return card["header"]["title"], links, []

    def good(self, entry):
        return {"status": 200, "body": json.dumps({"name": "spaces/AAAA/messages/BBBB"})}

    def bad(self, why):
        return {"status": 400, "body": json.dumps({"error": {"code": 400, "message": why, "status": "INVALID_ARGUMENT"}})}


class Zulip(Service):
    name = "zulip"
    unsigned = (200, '{"result":"partially_completed"}')
    too_long = {"status": 400, "body": json.dumps({"result": "error", "code": "BAD_REQUEST", "msg": "Message too long"})}

    def conf(self):
        return f"url = {self.base}\nuser = bot@zulip.test\npassword = secretsecret\nto = news\n"

    def form(self, entry):
        return dict(urllib.parse.parse_qsl(entry["body"], strict_parsing=True))

    def rules(self, entry):
        assert entry["path"] == "/api/v1/messages" and entry["method"] == "POST", entry["path"]
        assert entry["headers"]["content-type"] == "application/x-www-form-urlencoded"
        login = "Basic " + base64.b64encode(b"bot@zulip.test:secretsecret").decode()
        assert entry["headers"].get("authorization") == login, "Invalid API key"
        form = self.form(entry)
        assert form["type"] == "stream" and form["to"] == "news" and 1 <= len(form["topic"]) <= 60, form
        assert 1 <= len(form["content"]) <= 10000

    def show(self, entry):
        content = self.form(entry)["content"]
        m = re.fullmatch(r"\*\*\[(.*)\]\(([^()\[\]\s]*)\)\*\*\n(.*)", content, re.S)
        assert m, content
        title, _, obeyed = defused(m[1], "@#*_~`[]:$|")
        _, _, bad = defused(m[3], "@#*_~`[]:$|", ">-+/")
        return title, [m[2]], obeyed + bad

    def good(self, entry):
        return {"status": 200, "body": '{"result":"success","msg":"","id":42}'}

    def bad(self, why):
        return {"status": 400, "body": json.dumps({"result": "error", "code": "BAD_REQUEST", "msg": why})}

    def limited(self, seconds):
        return {"status": 429, "body": json.dumps({"result": "error", "code": "RATE_LIMIT_HIT", "msg": "API usage "
                                                   "exceeded rate limit", "retry-after": seconds - 0.3})}


class Matrix(Service):
    name = "matrix"
    unsigned = (200, "{}")
    too_long = {"status": 413, "body": json.dumps({"errcode": "M_TOO_LARGE", "error": "event too large"})}

    def conf(self):
        return f"url = {self.base}/\ntoken = secretsecret\nto = !room:matrix.test\n"

    def rules(self, entry):
        body = entry["json"]
        m = re.fullmatch(r"/_matrix/client/v3/rooms/([^/]*)/send/m\.room\.message/(na_[a-z2-7]{26})", entry["path"])
        assert m and entry["method"] == "PUT" and urllib.parse.unquote(m[1]) == "!room:matrix.test", entry["path"]
        assert entry["headers"].get("authorization") == "Bearer secretsecret", "M_UNKNOWN_TOKEN"
        entry["id"] = m[2]
        assert body["msgtype"] == "m.notice" and body["format"] == "org.matrix.custom.html" and size(entry) < 65536
        assert body["m.mentions"] == {}, "mentions"
        assert set(Markup(body["formatted_body"]).tags) <= {"a", "br", "strong"}, Markup(body["formatted_body"]).tags

    def show(self, entry):
        m = Markup(entry["json"]["formatted_body"])
        assert entry["json"]["body"].startswith(m.text.split("\n")[0]), "both say the same"
        return m.text.split("\n")[0], m.links, []

    def good(self, entry):
        return {"status": 200, "body": '{"event_id":"$abc:matrix.test"}'}

    def bad(self, why):
        return {"status": 400, "body": json.dumps({"errcode": "M_BAD_JSON", "error": why})}

    def limited(self, seconds):
        return {"status": 429, "body": json.dumps({"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests",
                                                   "retry_after_ms": seconds * 1000 - 300})}


class Telegram(Service):
    name, path = "telegram", "/bot123456:secretsecret/sendMessage"
    unsigned = (200, "{}")
    too_long = {"status": 400, "body": '{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}'}
    chat = "-100200300"

    def conf(self):
        return f"api = {self.base}\ntoken = 123456:secretsecret\nto = {self.chat}\n"

    def rules(self, entry):
        super().rules(entry)
        body = entry["json"]
        assert body["parse_mode"] == "HTML" and str(body["chat_id"]) == self.chat, "Bad Request: chat not found"
        m = Markup(body["text"])
        assert set(m.tags) <= {"a", "b"}, f"Bad Request: can't parse entities: {m.tags}"
        assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#\d+;)", body["text"]), "Bad Request: can't parse entities"
        assert 1 <= utf16(m.text) <= 4096, "Bad Request: message is too long"
        assert body["link_preview_options"] == {"is_disabled": True}

    def show(self, entry):
        m = Markup(entry["json"]["text"])
        _, _, obeyed = defused(m.text, "@")
        obeyed += [line for line in m.text.split("\n") if line.startswith("/") and not line.startswith("/" + ZW)]
        return m.text.split("\n")[0].replace(ZW, ""), m.links, obeyed

    def good(self, entry):
        return {"status": 200, "body": '{"ok":true,"result":{"message_id":7}}'}

    def bad(self, why):
        return {"status": 400, "body": json.dumps({"ok": False, "error_code": 400, "description": why})}

    def limited(self, seconds):
        return {"status": 429, "body": json.dumps({"ok": False, "error_code": 429, "description": "Too Many Requests",
                                                   "parameters": {"retry_after": seconds}})}


class Ntfy(Service):
    name, path, wait_sign = "ntfy", "/", False
    too_long = {"status": 413, "body": '{"code":41301,"http":413,"error":"attachment too large"}'}

    def conf(self):
        return f"url = {self.base}/\ntopic = news\ntoken = tk_secretsecret\n"

    def rules(self, entry):
        super().rules(entry)
        body = entry["json"]
        assert entry["headers"].get("authorization") == "Bearer tk_secretsecret", "unauthorized"
        assert body["topic"] == "news" and body["priority"] in (3, 4, 5) and "markdown" not in body
        assert len(body["title"].encode()) <= 250 and 1 <= len(body["message"].encode()) <= 4096
        assert len(body.get("actions", [])) <= 3 and all(a["action"] == "view" for a in body.get("actions", []))

    def show(self, entry):
        return entry["json"]["title"], [entry["json"]["click"]], []

    def good(self, entry):
        return {"status": 200, "body": '{"id":"abcdefghijkl","event":"message","topic":"news"}'}


class Gotify(Service):
    name, path, wait_sign = "gotify", "/message", False

    def conf(self):
        return f"url = {self.base}\ntoken = secretsecret\n"

    def rules(self, entry):
        super().rules(entry)
        assert entry["headers"].get("x-gotify-key") == "secretsecret", "you need to provide a valid access token"
        body = entry["json"]
        assert body["message"] and body["priority"] in (2, 5, 8)
        assert body["extras"]["client::display"] == {"contentType": "text/plain"}

    def show(self, entry):
        return entry["json"]["title"], [entry["json"]["extras"]["client::notification"]["click"]["url"]], []

    def good(self, entry):
        return {"status": 200, "body": '{"id":25,"appid":1}'}


class Apprise(Service):
    name, path, unsigned, wait_sign = "apprise", "/notify/secretkey", None, False

    def rules(self, entry):
        super().rules(entry)
        body = entry["json"]
        assert body["body"] and body["type"] in ("info", "warning", "failure") and body["format"] == "text"

    def show(self, entry):
        return entry["json"]["title"], [entry["json"]["body"].split("\n")[-1]], []


class Signal(Service):
    name, path, unsigned, wait_sign = "signal", "/v2/send", None, False

    def conf(self):
        return f"url = {self.base}\nfrom = +15550100\nto = +15550101, +15550102\n"

    def rules(self, entry):
        super().rules(entry)
        body = entry["json"]
        assert body["number"] == "+15550100" and body["recipients"] == ["+15550101", "+15550102"] and body["message"]

    def show(self, entry):
        lines = entry["json"]["message"].split("\n")
        return lines[0], [lines[-1]], []

    def good(self, entry):
        return {"status": 201, "body": '{"timestamp":"1795489200000"}'}


class Custom(Service):
    name, path, unsigned = "custom", "/anything?key=secretsecret", (200, "not today")

    def conf(self):
        return (f"url = {self.hook.url}\nmethod = PUT\nsuccess_body = taken\n"
                'body = {"head":"${title}","link":"${url}","rest":"${text}","of":"${alert}"${if author},"by":"${author}"${end}}\n')

    def rules(self, entry):
        assert entry["method"] == "PUT" and entry["path"] == self.path
        assert entry["headers"]["content-type"] == "application/json" and set(entry["json"]) <= {"head", "link", "rest",
                                                                                                 "of", "by"}

    def show(self, entry):
        return entry["json"]["head"], [entry["json"]["link"]], []

    def good(self, entry):
        return {"status": 200, "body": "it is taken"}


SERVICES = {c.name: c for c in (Json, Slack, Discord, Mattermost, RocketChat, Teams, GoogleChat, Zulip, Matrix, Telegram, Ntfy,
                                Gotify, Apprise, Signal, Custom)}

// The Teams client of one person, or the start page. Everything a person does is one call of `api/`.
import { draw, speak } from "./cards.js";
import { wordsOf } from "./words.js";

const asked = new URLSearchParams(location.search);
const byId = (id) => document.getElementById(id);
const state = { me: null, people: [], places: [], place: null, cursor: 0, messages: new Map(), dialog: null, replyTo: null };
let words = wordsOf("fr");
let theme = "light";

function make(tag, properties = {}, ...children) {
  const { dataset, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, dataset ?? {});
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const narrow = () => window.innerWidth <= 640;

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

const ICONS = {
  back: "M12 4l-6 6 6 6", send: "M3 4l14 6-14 6 2-6zM5 10h6", channel: "M4 7h12M4 13h12M8 4l-1 12M13 4l-1 12",
  bot: "M5 10l3.5 3.5L15 7", refresh: "M15 6a6 6 0 1 0 1 6M15 3v4h-4",
};

async function call(path, body) {
  const response = await fetch(`api/${path}`, body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? `HTTP ${response.status}`);
  return answer;
}

const mine = (path, body) => call(`${state.me.key}/${path}`, body);

function toast(text, kind = "info") {
  const box = make("div", { className: `toast ${kind}` }, text);
  byId("toasts").append(box);
  setTimeout(() => box.remove(), kind === "error" ? 9000 : 5000);
}

async function guarded(work) {
  try {
    return await work();
  } catch (problem) {
    toast(`${words.failed} (${problem.message})`, "error");
    return null;
  }
}

// People and places

const HUES = { cto: 262, cpo: 320, ceo: 12, sales_lead: 152, project_manager: 205, engineer: 40, key_user: 180, guest: 90 };

function avatar(author, name) {
  const box = make("span", { className: `avatar ${author === "bot" ? "bot" : "person"}` });
  box.setAttribute("aria-hidden", "true");
  if (author === "bot") box.append(icon(ICONS.bot));
  else {
    const parts = name.split(" ");
    box.textContent = parts.length > 1 ? parts.map((part) => part[0].toUpperCase()).join("") : name.slice(0, name.length > 3 ? 1 : 3);
    box.style.setProperty("--hue", HUES[author] ?? 0);
  }
  return box;
}

function linkTo(changes) {
  const next = new URLSearchParams({ persona: state.me?.key ?? "", theme, lang: document.documentElement.lang });
  for (const [key, value] of Object.entries(changes)) next.set(key, value);
  if (!next.get("persona")) next.delete("persona");
  return `?${next}`;
}

async function publishButton() {
  // The sandbox lists its services at its root; elsewhere there is no portal to publish on.
  const services = await fetch("/").then((response) => response.json()).catch(() => ({}));
  if (!services.esa) return null;
  const button = make("button", { type: "button", className: "primary", id: "publish" }, words.publish);
  button.addEventListener("click", () => guarded(async () => {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch("/esa/_control/publish", { method: "POST", headers, body: "{}" });
    if (response.status === 404) button.remove();
    else toast(response.ok ? words.published : words.publishedAll);
  }));
  return button;
}

const APPOINTMENTS = [[1, 8, 5], [5, 13, 5]];

/** The next Monday morning or Friday afternoon after `now`, as reminders and weekly cards come: UTC, a little late. */
function nextAppointment(now) {
  const all = APPOINTMENTS.map(([weekday, hour, minute]) => {
    const day = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), hour, minute));
    while (day.getUTCDay() !== weekday || day <= now) day.setUTCDate(day.getUTCDate() + 1);
    return day;
  });
  return all.reduce((first, second) => (first < second ? first : second));
}

async function forwardButton() {
  const told = await fetch("/_clock").then((response) => response.ok ? response.json() : null).catch(() => null);
  if (!told) return null;
  const inWords = (moment) => moment.toLocaleString(document.documentElement.lang, {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris",
  });
  const button = make("button", { type: "button", id: "forward", className: "plain" });
  const label = (now) => { button.textContent = words.forward(inWords(nextAppointment(now))); };
  label(new Date(told.now));
  button.addEventListener("click", () => guarded(async () => {
    const { now } = await (await fetch("/_clock")).json();
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ to: nextAppointment(new Date(now)).toISOString() });
    const moved = await (await fetch("/_clock", { method: "POST", headers, body })).json();
    label(new Date(moved.now));
    toast(words.forwarded(inWords(new Date(moved.now))));
  }));
  return button;
}

async function showStart() {
  const start = byId("start");
  const language = document.documentElement.lang;
  const tiles = state.people.map((person) => make("a", {
    className: "tile", href: `?persona=${person.key}&theme=${asked.get("theme") ?? person.theme}&lang=${asked.get("lang") ?? person.language}`,
    target: "_blank", rel: "noopener", ariaLabel: words.openAs(person.name), dataset: { persona: person.key },
  }, avatar(person.key, person.name), make("span", {}, make("strong", {}, person.name), make("small", {}, person.title[language]))));
  const other = language === "fr" ? "en" : "fr";
  start.replaceChildren(
    make("header", {}, make("span", { className: "brand" }, "Offerdesk"),
      make("a", { className: "plain", href: `?lang=${other}`, lang: other }, words.language)),
    make("h1", {}, words.startTitle),
    make("p", {}, words.startLead),
    make("div", { className: "tiles" }, ...tiles),
    make("div", { className: "strip" }, await publishButton(), await forwardButton()),
  );
  start.hidden = false;
}

async function loadPlaces() {
  const before = new Map(state.places.map((place) => [place.id, place.unread]));
  state.places = await mine("conversations");
  for (const place of state.places) {
    if (place.id !== state.place && before.has(place.id) && place.unread > before.get(place.id)) {
      toast(place.last?.summary || words.newMessage(place.name));
    }
  }
  drawRail();
  drawBanner();
}

function drawRail() {
  const entry = (place) => {
    const button = make("button", {
      type: "button", className: `place-entry${place.id === state.place ? " chosen" : ""}${place.unread ? " unread" : ""}`,
      dataset: { conversation: place.id },
    },
    place.kind === "personal" ? avatar("bot", place.name) : make("span", { className: "hash" }, icon(ICONS.channel)),
    make("span", { className: "entry-words" }, make("span", { className: "entry-name" }, place.name),
      make("small", {}, place.last?.summary ?? "")),
    place.unread ? make("span", { className: "dot", ariaLabel: words.unread(place.unread) }, String(place.unread)) : null);
    if (place.id === state.place) button.setAttribute("aria-current", "page");
    button.addEventListener("click", () => open(place.id));
    return button;
  };
  const of = (kind) => state.places.filter((place) => place.kind === kind);
  const team = of("channel")[0]?.team ?? "";
  const other = document.documentElement.lang === "fr" ? "en" : "fr";
  const foot = byId("rail").querySelector(".rail-foot") ?? make("div", { className: "rail-foot" });
  if (!foot.childElementCount) {
    foot.append(make("div", { className: "links" },
      make("a", { href: linkTo({ theme: theme === "dark" ? "light" : "dark" }) }, theme === "dark" ? words.light : words.dark),
      make("a", { href: linkTo({ lang: other }), lang: other }, words.language),
      make("a", { href: `./?lang=${document.documentElement.lang}` }, words.people)));
    forwardButton().then((button) => button && foot.prepend(button)).then(publishButton)
      .then((button) => button && foot.prepend(button));
  }
  byId("rail").replaceChildren(
    make("h2", {}, words.chat), ...of("personal").map(entry),
    make("h2", {}, `${words.channels} · ${team}`), ...of("channel").map(entry), foot);
}

function drawBanner() {
  const place = state.places.find((known) => known.id === state.place);
  const banner = byId("banner");
  banner.hidden = !place || place.installed;
  if (banner.hidden) return;
  const button = make("button", { type: "button", className: "primary" }, words.install);
  button.addEventListener("click", () => guarded(() => mine("install", { conversation: place.id })));
  banner.replaceChildren(make("span", {}, words.notInstalled), button);
}

function toTab() {
  return make("a", { className: "to-tab", href: `tab${linkTo({})}`, target: "_blank", rel: "noopener" }, words.tab);
}

async function open(id) {
  state.place = id;
  state.cursor = 0;
  state.replyTo = null;
  state.messages.clear();
  document.body.classList.add("reading");
  const place = state.places.find((known) => known.id === id);
  byId("place").replaceChildren(
    place.kind === "personal" ? avatar("bot", place.name) : make("span", { className: "hash" }, icon(ICONS.channel)),
    make("h1", {}, place.name), make("small", {}, place.team ?? ""),
    ...(place.kind === "personal" ? [toTab()] : []));
  const text = byId("text");
  text.placeholder = place.kind === "channel" ? words.composeChannel : words.compose;
  text.setAttribute("aria-label", text.placeholder);
  byId("mention").hidden = place.kind !== "channel";
  byId("messages").className = `messages ${place.kind}`;
  byId("messages").replaceChildren(make("p", { className: "empty" }, place.kind === "channel" ? words.empty : words.emptyChat));
  await guarded(async () => { await pull(); await loadPlaces(); });
}

// Messages

async function pull() {
  const place = state.place;
  const since = state.cursor;
  const answer = await mine(`messages?conversation=${encodeURIComponent(place)}&since=${since}`);
  if (place !== state.place || since !== state.cursor) return;
  state.cursor = answer.cursor;
  const list = byId("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 120;
  let added = false;
  for (const message of answer.messages) {
    const before = state.messages.get(message.id);
    added = before === undefined || added;
    // A refresh that brought the same card must not take away what somebody is typing into it.
    if (JSON.stringify(before) === JSON.stringify(message)) continue;
    state.messages.set(message.id, message);
    placeMessage(message);
  }
  if (added && (atEnd || !since)) list.scrollTop = list.scrollHeight;
}

function placeMessage(message) {
  const list = byId("messages");
  list.querySelector(".empty")?.remove();
  const old = list.querySelector(`[data-message="${message.id}"]`);
  const fresh = drawMessage(message);
  if (old) {
    old.replaceWith(fresh);
    return;
  }
  const channel = state.places.find((place) => place.id === state.place)?.kind === "channel";
  if (!channel) list.append(fresh);
  else if (message.root) list.querySelector(`[data-thread="${message.root}"] .replies`)?.append(fresh);
  else list.append(drawThread(message, fresh));
}

function drawThread(message, first) {
  const reply = make("button", { type: "button", className: "reply-link" }, words.reply);
  const thread = make("section", { className: "thread", dataset: { thread: message.id } },
    first, make("div", { className: "replies" }), reply);
  reply.addEventListener("click", () => {
    if (thread.querySelector(".reply-form")) return;
    const field = make("textarea", { rows: 1, placeholder: words.reply, ariaLabel: words.reply, maxLength: 20000 });
    field.value = "@Offerdesk ";
    const form = make("form", { className: "reply-form" }, field, make("button", { type: "submit", className: "primary" }, words.send));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (field.value.trim()) guarded(() => say(`${state.place};messageid=${message.id}`, field.value.trim())).then(() => form.remove());
    });
    sendOnEnter(field, form);
    thread.append(form);
    field.focus();
  });
  return thread;
}

function clock(iso) {
  const at = new Date(iso);
  const zone = { timeZone: state.me.timeZone };
  const day = new Intl.DateTimeFormat("en-CA", zone);
  const today = day.format(at) === day.format(new Date());
  const shape = { hour: "2-digit", minute: "2-digit", ...(today ? {} : { day: "numeric", month: "short" }), ...zone };
  return new Intl.DateTimeFormat(document.documentElement.lang === "fr" ? "fr-FR" : "en-GB", shape).format(at);
}

function drawMessage(message) {
  const own = message.author === state.me.key;
  const time = make("time", { dateTime: message.at }, clock(message.at));
  const head = make("header", {}, make("strong", {}, message.name), time,
    message.edits && !message.deleted ? make("span", { className: "edited" }, words.edited) : null,
    message.own_view ? make("span", { className: "edited", title: words.yoursHint }, words.yours) : null);
  const body = make("div", { className: "body" });
  const article = make("article", { className: `message${own ? " own" : ""}${message.deleted ? " gone" : ""}`, dataset: { message: message.id } },
    avatar(message.author, message.name), make("div", { className: "bubble" }, head, body));
  article.setAttribute("aria-label", `${message.name}, ${clock(message.at)}`);
  if (message.deleted) {
    body.append(make("p", { className: "deleted" }, words.deleted));
    return article;
  }
  if (message.text) body.append(make("p", { className: "text" }, ...spoken(message.text)));
  if (message.card) body.append(cardOf(message, article));
  if (message.card?.refresh) head.append(refreshButton(message, article));
  if (message.note) body.append(noteOf(message.note));
  return article;
}

function spoken(text) {
  return text.split(/<at>(.*?)<\/at>/).map((part, index) => index % 2 ? make("span", { className: "mention" }, part) : part);
}

function noteOf(note) {
  const box = make("div", { className: `note ${note.kind}` });
  box.setAttribute("role", note.kind === "error" ? "alert" : "status");
  const machine = note.kind === "error" && /^(HTTP \d+|[A-Za-z]+Error|timeout|not started)$/.test(note.text);
  box.append(machine ? `${words.failed} (${note.text})` : note.text || words.failed);
  return box;
}

function cardOf(message, article) {
  const onPress = (press) => guarded(() => busy(article, async () => {
    await answered(message, await mine("click", { message: message.id, ...press }));
  }));
  try {
    const choicesOf = suggesting({ message: message.id });
    return make("div", { className: "card" }, draw(message.card, { theme, people: state.people, narrow: narrow(), onPress, choicesOf }));
  } catch (problem) {
    return make("p", { className: "text" }, message.card.fallbackText ?? problem.message);
  }
}

function refreshButton(message, article) {
  const button = make("button", { type: "button", className: "quiet refresh", title: words.refresh, ariaLabel: words.refresh }, icon(ICONS.refresh));
  button.addEventListener("click", () => guarded(() => busy(article, async () => {
    await answered(message, await mine("refresh", { message: message.id }));
  })));
  return button;
}

async function busy(element, work) {
  element.classList.add("busy");
  element.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    element.classList.remove("busy");
    element.removeAttribute("aria-busy");
  }
}

// What came back after a press

async function answered(message, outcome) {
  if (outcome.outcome !== "message") follow(outcome);
  await pull();
  // A sentence that stands under its card is not said a second time.
  if (outcome.outcome === "message" && state.messages.get(message.id)?.note?.text !== outcome.text) follow(outcome);
}

function follow(outcome) {
  if (outcome.outcome === "dialog") showDialog(outcome.dialog);
  else if (outcome.outcome === "sent" && outcome.feedback) toast(words.sent);
  else if (outcome.outcome === "message" && state.dialog) showDialogMessage(outcome.text);
  else if (outcome.outcome === "message") toast(outcome.text);
  else if (outcome.outcome === "closed") byId("dialog").close();
}

const suggesting = (source) => async (input, text) => {
  const outcome = await guarded(() => mine("suggest", { ...source, input, text }));
  return outcome?.choices ?? [];
};

const SIDES = { small: "small", medium: "medium", large: "large" };

function showDialog(dialog) {
  const box = byId("dialog");
  state.dialog = dialog;
  byId("dialog-title").textContent = dialog.title;
  byId("dialog-error").hidden = true;
  for (const side of ["width", "height"]) {
    box.dataset[side] = SIDES[dialog[side]] ?? "";
    box.style[side === "width" ? "width" : "minHeight"] = typeof dialog[side] === "number" ? `${dialog[side]}px` : "";
  }
  const onPress = (press) => busy(box, () => submitDialog(dialog, press));
  const choicesOf = suggesting({ dialog: dialog.id });
  const shown = draw(dialog.card, { theme, people: state.people, narrow: narrow(), onPress, choicesOf });
  byId("dialog-body").replaceChildren(shown);
  if (!box.open) box.showModal();
  byId("dialog-body").scrollTop = 0;
  byId("dialog-body").querySelector("input, textarea, select")?.focus();
}

async function submitDialog(dialog, press) {
  try {
    const outcome = await mine("dialog/submit", { dialog: dialog.id, ...press });
    if (outcome.outcome === "error") throw new Error(outcome.text);
    follow(outcome);
  } catch (problem) {
    byId("dialog-error").textContent = `${words.failed} (${problem.message})`;
    byId("dialog-error").hidden = false;
  }
}

function showDialogMessage(text) {
  const close = make("button", { type: "button", className: "primary" }, words.close);
  close.addEventListener("click", () => byId("dialog").close());
  byId("dialog-body").replaceChildren(make("p", { className: "dialog-message" }, text), make("div", { className: "strip" }, close));
  close.focus();
}

function dialogClosed() {
  const dialog = state.dialog;
  state.dialog = null;
  byId("dialog-body").replaceChildren();
  if (dialog) mine("dialog/close", { dialog: dialog.id }).catch(() => {});
}

// Writing and searching

async function say(where, text) {
  const outcome = await mine("say", { conversation: where, text });
  if (outcome.outcome === "error") toast(`${words.failed} (${outcome.text})`, "error");
  await pull();
  // Who writes wants to see the answer, wherever they had scrolled to.
  if (!where.includes(";messageid=")) byId("messages").scrollTop = byId("messages").scrollHeight;
}

function sendOnEnter(field, form) {
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}

async function search(text) {
  const outcome = await mine("search", { text, conversation: state.place });
  const panel = byId("results");
  const close = make("button", { type: "button", className: "quiet", ariaLabel: words.close }, "✕");
  close.addEventListener("click", () => { panel.hidden = true; });
  const found = (outcome.results ?? []).map(resultOf);
  const none = outcome.outcome === "error" ? `${words.failed} (${outcome.text})` : words.noResults;
  panel.replaceChildren(make("header", {}, make("h2", {}, words.results), close),
    ...(found.length ? found : [make("p", { className: "empty" }, none)]));
  panel.hidden = false;
}

function resultOf(attachment) {
  const preview = attachment.preview?.content ?? attachment.content ?? {};
  const button = make("button", { type: "button", className: "result" },
    make("strong", {}, preview.title ?? ""), make("small", {}, preview.subtitle ?? ""), make("span", {}, preview.text ?? ""));
  button.addEventListener("click", () => guarded(async () => {
    await mine("share", { conversation: state.place, attachment });
    byId("results").hidden = true;
    await pull();
  }));
  return button;
}

function listen() {
  let running = false;
  let again = false;
  let lost = false;
  const update = async () => {
    if (running) { again = true; return; }
    running = true;
    do {
      again = false;
      await guarded(async () => { await pull(); await loadPlaces(); });
    } while (again);
    running = false;
  };
  const connect = () => {
    const address = new URL(`api/${state.me.key}/events`, location.href);
    address.protocol = "ws:";
    const socket = new WebSocket(address);
    socket.addEventListener("message", () => { lost = false; update(); });
    socket.addEventListener("close", () => {
      if (!lost) toast(words.offline, "error");
      lost = true;
      setTimeout(connect, 2000);
    });
  };
  connect();
}

function prepareClient() {
  byId("back").append(icon(ICONS.back));
  byId("back").ariaLabel = words.back;
  byId("back").addEventListener("click", () => document.body.classList.remove("reading"));
  byId("send").append(icon(ICONS.send));
  byId("send").ariaLabel = words.send;
  byId("dialog-close").ariaLabel = words.close;
  byId("dialog-close").addEventListener("click", () => byId("dialog").close());
  byId("dialog").addEventListener("close", dialogClosed);
  Object.assign(byId("search-text"), { placeholder: words.search, ariaLabel: words.search });
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    guarded(() => search(byId("search-text").value.trim()));
  });
  const text = byId("text");
  byId("mention").title = words.mention;
  byId("mention").addEventListener("click", () => { text.value = `@Offerdesk ${text.value}`; text.focus(); });
  byId("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    const said = text.value.trim();
    text.value = "";
    if (said) guarded(() => say(state.place, said));
  });
  sendOnEnter(text, byId("compose"));
  byId("home").href = `./?lang=${document.documentElement.lang}`;
  byId("me").append(avatar(state.me.key, state.me.name), make("span", {}, state.me.name));
}

async function showClient() {
  prepareClient();
  byId("client").hidden = false;
  state.places = await mine("conversations");
  const first = state.places.find((place) => place.id === asked.get("conversation")) ?? state.places.find((place) => place.id === state.me.tenders);
  await open(first.id);
  // On a phone one starts with the list, unless a link names a conversation.
  if (!asked.get("conversation")) document.body.classList.remove("reading");
  listen();
}

async function begin() {
  state.people = await call("personas");
  state.me = state.people.find((person) => person.key === asked.get("persona")) ?? null;
  const language = asked.get("lang") ?? state.me?.language ?? "fr";
  document.documentElement.lang = language === "en" ? "en" : "fr";
  words = wordsOf(document.documentElement.lang);
  const wished = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const asking = asked.get("theme") ?? state.me?.theme ?? wished;
  theme = ["light", "dark", "contrast"].includes(asking) ? asking : "light";
  document.documentElement.dataset.theme = theme;
  speak(words);
  document.title = state.me ? `${state.me.name} · Offerdesk` : "Offerdesk";
  await (state.me ? showClient() : showStart());
}

guarded(begin);

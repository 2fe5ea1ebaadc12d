// The page: loads the state, follows its changes, and holds what the phones share.
import { avatar, el } from "./render.js";
import { Phone } from "./phone.js";

const by = (id) => document.getElementById(id);
const api = (path) => `/sandbox/api/${path}`;

const world = {
  bot: { first_name: "bot", username: "" }, users: {}, chats: {}, phones: new Map(), seq: 0, active: null,
  /** Button presses without an answer, and answers that arrived before the response to their press. */
  waiting: new Map(), early: new Map(),

  name(id) {
    if (id === this.bot.id) return this.bot.first_name;
    const user = this.users[id];
    return user ? [user.first_name, user.last_name].filter(Boolean).join(" ") : `User ${id}`;
  },

  post(path, body) { return this.request(path, "application/json", JSON.stringify(body)); },

  postFile(query, content) { return this.request(`file?${query}`, "application/octet-stream", content); },

  async request(path, kind, body) {
    try {
      const answer = await fetch(api(path), { method: "POST", headers: { "content-type": kind }, body });
      if (!answer.ok) throw new Error(await answer.text());
      return await answer.json();
    } catch (error) {
      this.active?.toast(error.message || "The sandbox is not responding");
      return null;
    }
  },

  // ---- button presses ----

  waits(chat, message, data) {
    return [...this.waiting.values()].some((press) => press.phone.id === chat && press.message === message && press.data === data);
  },

  await(query, press, patience) {
    const early = this.early.get(query);
    press.timer = setTimeout(() => { this.waiting.delete(query); press.phone.calm(press.message, press.data); }, patience);
    this.waiting.set(query, press);
    if (early) this.answered(early);
  },

  answered(answer) {
    const press = this.waiting.get(answer.query);
    if (!press) {
      this.early.set(answer.query, answer);
      setTimeout(() => this.early.delete(answer.query), 5000);
      return;
    }
    clearTimeout(press.timer);
    this.waiting.delete(answer.query);
    this.early.delete(answer.query);
    press.phone.calm(press.message, press.data);
    if (!answer.text) return;
    if (!answer.alert) { press.phone.toast(answer.text); return; }
    by("alert-who").textContent = `To ${this.name(answer.user)}`;
    by("alert-text").textContent = answer.text;
    if (by("alert").open) by("alert").close();
    by("alert").showModal();
  },

  // ---- menus and choices ----

  popup(anchor, items) {
    const popup = by("popup");
    popup.replaceChildren(...items.map(([label, run, kind]) => {
      const item = el("button", kind ?? "", label);
      item.type = "button";
      item.setAttribute("role", "menuitem");
      item.addEventListener("click", () => { popup.hidePopover(); anchor.focus({ preventScroll: true }); run(); });
      return item;
    }));
    popup.showPopover();
    const place = anchor.getBoundingClientRect();
    popup.style.left = `${Math.max(8, Math.min(place.left, innerWidth - popup.offsetWidth - 8))}px`;
    popup.style.top = `${place.bottom + 4 + popup.offsetHeight > innerHeight ? place.top - popup.offsetHeight - 4 : place.bottom + 4}px`;
    popup.firstElementChild.focus();
  },

  /** Shows a list to choose from; resolves to the id, or null. */
  choose(title, sub, options, groupBox = false) {
    const dialog = by("choose");
    by("choose-title").textContent = title;
    by("choose-sub").textContent = sub;
    by("choose-group").hidden = !groupBox;
    by("choose-group").querySelector("input").checked = false;
    return new Promise((resolve) => {
      by("choose-list").replaceChildren(...options.map(([id, label, small]) => {
        const option = el("button", "", avatar(el("span", "avatar"), id, label), el("span", "", label, el("small", "", small ?? "")));
        option.type = "button";
        option.addEventListener("click", () => { resolve(id); dialog.close(); });
        return option;
      }));
      dialog.addEventListener("close", () => resolve(null), { once: true });
      dialog.showModal();
    });
  },

  async forward(phone, message) {
    const targets = [...this.phones.values()]
      .filter((other) => (this.chats[other.id]?.members ?? []).includes(phone.as))
      .map((other) => [other.id, other.group ? other.label : `${this.bot.first_name}`, other.group ? "group" : `private chat of ${other.label}`]);
    const to = await this.choose("Forward to", `as ${this.name(phone.as)}`, targets, phone.group);
    if (to === null) return;
    const asGroup = by("choose-group").querySelector("input").checked;
    const sent = await this.post("forward", { as: phone.as, chat: phone.id, message: message.id, to, as_group: asGroup });
    if (sent) this.show(this.phones.get(to));
  },

  /** A made-up phone number, the same for each user every time. */
  number: (id) => `+7900${String(Math.abs(id) % 10000000).padStart(7, "0")}`,

  shareContact(phone) {
    return phone.sendPart("contact", { phone: this.number(phone.as) });
  },

  async shareOther(phone) {
    const of = await this.pickPerson("Share the contact of", phone);
    if (of !== null) await phone.sendPart("contact", { phone: this.number(of), of });
  },

  async sharePerson(phone, request) {
    const user = await this.pickPerson("Choose a person", phone);
    if (user !== null) await this.post("share", { as: phone.as, chat: phone.id, request, users: [user] });
  },

  async shareChat(phone, request) {
    const groups = [...this.phones.values()].filter((other) => other.group).map((other) => [other.id, other.label, "group"]);
    const chosen = await this.choose("Choose a chat", "", groups);
    if (chosen !== null) await this.post("share", { as: phone.as, chat: phone.id, request, shared_chat: chosen });
  },

  pickPerson(title, phone) {
    const others = Object.values(this.users).filter((user) => user.id !== phone.as);
    return this.choose(title, `as ${this.name(phone.as)}`, others.map((user) => [user.id, this.name(user.id), String(user.id)]));
  },

  // ---- tabs and unread counts ----

  visit(phone) {
    this.active = phone;
    if (phone.unread) { phone.unread = 0; }
    drawTabs();
  },

  arrived(phone) {
    if (phone === this.active && !document.hidden) return;
    phone.unread += 1;
    drawTabs();
  },

  show(phone) {
    const box = by("phones");
    box.scrollTo({ left: phone.node.offsetLeft - box.offsetLeft - parseFloat(getComputedStyle(box).scrollPaddingLeft || 0), behavior: "smooth" });
    this.visit(phone);
  },
};

function drawTabs() {
  const tabs = by("tabs");
  for (const phone of world.phones.values()) {
    let tab = tabs.querySelector(`[data-id="${phone.id}"]`);
    if (!tab) {
      tab = el("button", "", el("span"), el("b", "badge"));
      tab.type = "button";
      tab.dataset.id = phone.id;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", phone.node.id);
      tab.addEventListener("click", () => world.show(phone));
      tabs.append(tab);
    }
    const selected = phone === world.active;
    tab.firstChild.textContent = phone.label;
    tab.title = phone.role;
    tab.lastChild.textContent = phone.unread;
    tab.lastChild.hidden = phone.unread === 0;
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
  }
  const unread = [...world.phones.values()].reduce((sum, phone) => sum + phone.unread, 0);
  document.title = `${unread ? `(${unread}) ` : ""}${world.bot.first_name} · sandbox`;
}

by("tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = [...by("tabs").children];
  const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
  next.click();
  next.focus();
});

/** On a narrow screen the phone in view is the active one. */
function settle() {
  const box = by("phones");
  by("tabs").classList.toggle("on", box.scrollWidth > box.clientWidth + 4);
  if (innerWidth > 700) return;
  const phone = [...world.phones.values()][Math.round(box.scrollLeft / box.clientWidth)];
  if (!phone || phone === world.active) return;
  world.visit(phone);
  by("tabs").querySelector(`[data-id="${phone.id}"]`)?.scrollIntoView({ block: "nearest", inline: "center" });
}
by("phones").addEventListener("scrollend", settle);
new ResizeObserver(settle).observe(by("phones"));

// ---- faults ----

function drawFaults(faults) {
  by("faults-count").textContent = faults.length;
  by("faults-count").hidden = faults.length === 0;
  by("faults-clear").hidden = faults.length === 0;
  const kinds = Object.fromEntries([...by("faults-form").kind.options].map((option) => [option.value, option.textContent]));
  const rows = faults.map((fault) => {
    const kind = fault.kind === "hang" && fault.for_ms == null ? "hang_forever" : fault.kind;
    const extra = { too_many_requests: `, ${fault.retry_after} s`, server_error: ` ${fault.code}`, hang: `, ${fault.for_ms} ms` }[kind] ?? "";
    const where = fault.chat === null ? "everywhere" : `in ${world.phones.get(fault.chat)?.label ?? fault.chat}`;
    const often = fault.times === null ? "until cleared" : `${fault.times} more`;
    return el("li", "", `${kinds[kind]}${extra}`, el("small", "", `${fault.method ?? "all methods"}, ${where}, ${often}`));
  });
  by("faults-list").replaceChildren(...(rows.length ? rows : [el("li", "none", "None. All calls succeed.")]));
}

function fitFaultForm() {
  const form = by("faults-form");
  for (const label of form.querySelectorAll("[data-for]")) label.hidden = label.dataset.for !== form.kind.value;
}

by("faults-open").addEventListener("click", () => {
  const chat = by("faults-form").chat;
  chat.replaceChildren(new Option("all chats", ""), ...[...world.phones.values()].map((phone) => new Option(`${phone.label} (${phone.role})`, phone.id)));
  fitFaultForm();
  by("faults").showModal();
});
by("faults-form").kind.addEventListener("change", fitFaultForm);
by("faults-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const kind = form.kind.value;
  const number = (name) => (form[name].value === "" ? null : Number(form[name].value));
  const fault = { kind: kind === "hang_forever" ? "hang" : kind, method: form.elements.method.value || null, chat: number("chat"), times: number("times") };
  if (kind === "too_many_requests") fault.retry_after = number("retry_after");
  if (kind === "server_error") fault.code = number("code");
  if (kind === "hang") fault.for_ms = number("for_ms");
  world.post("faults", fault);
});
by("faults-clear").addEventListener("click", () => fetch(api("faults"), { method: "DELETE", headers: { "content-type": "application/json" } }));

// ---- clock ----

/** By how many milliseconds the sandbox is ahead of this browser, and the zone in which its time is shown. */
let clock = null;

function drawClock(news) {
  clock = news && { ahead: news.now * 1000 - Date.now(), zone: news.time_zone };
  by("clock-open").hidden = !clock;
  tick();
}

function tick() {
  if (!clock) return;
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: clock.zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  by("clock-now").textContent = format.format(Date.now() + clock.ahead);
}
setInterval(tick, 5000);

/** Seconds to the next time of day in the zone of the clock. */
function secondsTo(hour) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: clock.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).formatToParts(Date.now() + clock.ahead);
  const part = (type) => Number(parts.find((found) => found.type === type).value);
  const passed = part("hour") * 3600 + part("minute") * 60 + part("second");
  return ((hour * 3600 - passed + 86399) % 86400) + 1;
}

by("clock-open").addEventListener("click", (event) => {
  const move = (seconds) => world.post("clock", { seconds: seconds() });
  world.popup(event.currentTarget, [
    ["+15 minutes", () => move(() => 900)], ["+1 hour", () => move(() => 3600)], ["+1 day", () => move(() => 86400)],
    ["To 09:00", () => move(() => secondsTo(9))],
  ]);
});

// ---- light and dark ----

const darkSystem = matchMedia("(prefers-color-scheme: dark)");
function stored() {
  try { return localStorage.getItem("theme"); } catch { return null; }
}
function paint() {
  document.documentElement.dataset.theme = stored() ?? (darkSystem.matches ? "dark" : "light");
}
by("theme").addEventListener("click", () => {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try { localStorage.setItem("theme", next); } catch { /* private mode: for this visit only */ }
  document.documentElement.dataset.theme = next;
  for (const phone of world.phones.values()) phone.redraw();
});
darkSystem.addEventListener("change", () => { paint(); for (const phone of world.phones.values()) phone.redraw(); });
paint();

// ---- loading and following ----

function status(text, ok) {
  by("status").textContent = text;
  by("status").classList.toggle("off", !ok);
}

async function load() {
  const answer = await fetch(api("state"));
  if (!answer.ok) throw new Error(await answer.text());
  const state = await answer.json();
  Object.assign(world, { bot: state.bot, users: state.users, chats: state.chats, seq: state.seq });
  by("bot-name").textContent = state.bot.first_name;
  if (state.phones.length === 0) by("phones").replaceChildren(el("p", "empty", "There are no users yet."));
  for (const info of state.phones) {
    const known = world.phones.get(info.id);
    if (known) { known.load(info); continue; }
    const phone = new Phone(info, world);
    world.phones.set(info.id, phone);
    by("phones").append(phone.node);
    phone.toEnd(false);
  }
  world.active ??= world.phones.values().next().value ?? null;
  drawTabs();
  settle();
  drawFaults(state.faults);
  drawClock(state.clock);
  status(`@${state.bot.username} · sandbox`, true);
}

function apply(change) {
  if (change.message) world.phones.get(change.message.chat)?.put(change.message);
  if (change.deleted) world.phones.get(change.deleted.chat)?.remove(change.deleted.id);
  if (change.answer) world.answered(change.answer);
  if (change.typing) world.phones.get(change.typing)?.setTyping(true);
  if (change.faults) drawFaults(change.faults);
  if (change.clock) drawClock(change.clock);
  if (change.users) {
    Object.assign(world, { users: change.users, chats: change.chats });
    for (const phone of world.phones.values()) { phone.drawSub(); phone.drawMenu(); }
  }
}

async function follow() {
  let loaded = false;
  for (;;) {
    try {
      if (!loaded) { await load(); loaded = true; }
      const answer = await fetch(api(`events?after=${world.seq}`));
      if (!answer.ok) throw new Error(await answer.text());
      const news = await answer.json();
      if (news.reset) { loaded = false; continue; }
      world.seq = news.seq;
      news.changes.forEach(apply);
    } catch {
      status("the sandbox is not responding, retrying…", false);
      loaded = false;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
follow();

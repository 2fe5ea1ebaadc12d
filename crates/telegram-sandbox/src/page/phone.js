// One phone: a user's chat with the bot, or a group as one of its members sees it.
import { attachMenu } from "./attach.js";
import { avatar, clock, contact, day, el, file, formatted, inlineKeys, KINDS, location, nameColour, service } from "./render.js";

const NEAR_END = 80;
const ANSWER_PATIENCE = 30000;

/** A message in one line. */
const summary = (message) => message.text || (message.contact ? "Contact" : message.location ? "Location" : message.file ? KINDS[message.file.kind] : "Message");

export class Phone {
  constructor(info, world) {
    this.world = world;
    this.id = info.id;
    this.group = info.group;
    this.role = info.role;
    this.messages = new Map();
    this.unread = 0;
    this.as = info.group ? null : info.id;
    this.node = document.getElementById("phone-template").content.firstElementChild.cloneNode(true);
    const find = (selector) => this.node.querySelector(selector);
    Object.assign(this, {
      log: find(".log"), toastNode: find(".toast"), down: find(".down"), menu: find(".menu-list"), asRow: find(".as-row"), asList: find(".as-list"),
      replyBar: find(".reply-bar"), form: find(".composer"), input: find("textarea"), cmds: find(".cmds"), keysToggle: find(".keys-toggle"),
      replyKeys: find(".reply-keys"), sub: find(".about"), clip: find(".clip"), title: find("h2"), face: find(".avatar"), more: find(".more"),
    });
    find(".role").textContent = info.role;
    this.node.id = `phone-${this.id}`;
    this.listen();
    this.load(info);
  }

  listen() {
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.input.addEventListener("input", () => this.fit());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
      if (event.key === "Escape") { this.cancelBar(); this.openMenu(false); }
    });
    this.cmds.addEventListener("click", () => this.openMenu(this.menu.hidden));
    this.keysToggle.addEventListener("click", () => { this.keysShown = !this.keysShown; this.drawReplyKeys(); });
    this.replyBar.querySelector("button").addEventListener("click", () => this.cancelBar());
    this.clip.addEventListener("click", () => this.world.popup(this.clip, attachMenu(this)));
    this.stuck = true;
    // The log also scrolls when it shrinks because the keyboard grows; then the user has not scrolled away.
    this.log.addEventListener("scroll", () => {
      if (this.log.clientHeight !== this.height) return;
      this.stuck = this.nearEnd();
      this.down.hidden = this.stuck;
    }, { passive: true });
    // The end stays in view when keyboards come and go or pictures load.
    new ResizeObserver(() => { this.height = this.log.clientHeight; if (this.stuck) this.toEnd(false); }).observe(this.log);
    this.log.addEventListener("load", () => { if (this.stuck) this.toEnd(false); }, true);
    this.down.addEventListener("click", () => this.toEnd(true));
    this.more.addEventListener("click", () => this.world.popup(this.more, this.chatMenu()));
    for (const kind of ["pointerdown", "focusin"]) this.node.addEventListener(kind, () => this.world.visit(this));
  }

  get chat() { return this.world.chats[this.id] ?? { members: [], menus: {} }; }

  // ---- drawing ----

  load({ messages, keyboard }) {
    this.messages.clear();
    for (const message of messages) this.messages.set(message.id, message);
    if (this.group && !this.chat.members.includes(this.as)) this.as = this.chat.members[0] ?? null;
    this.keyboard = keyboard?.markup ?? null;
    this.keyboardFrom = keyboard?.message;
    const isUsed = messages.some((message) => !message.bot && message.id > this.keyboardFrom);
    this.keysShown = !(this.keyboard?.one_time_keyboard && isUsed);
    this.redraw();
  }

  redraw() {
    const world = this.world;
    const name = this.group ? this.chat.title : world.name(this.id);
    this.title.textContent = name;
    this.label = name;
    this.node.setAttribute("aria-label", `${this.role}: ${name}`);
    avatar(this.face, this.id, name);
    this.drawSub();
    this.asRow.hidden = !this.group;
    this.asList.replaceChildren(...(this.group ? this.chat.members : []).map((id) => {
      const button = el("button", "", world.name(id));
      button.type = "button";
      button.setAttribute("role", "radio");
      button.setAttribute("aria-checked", String(id === this.as));
      button.addEventListener("click", () => { this.as = id; this.redraw(); });
      return button;
    }));
    this.log.replaceChildren();
    if (this.messages.size === 0) this.log.append(this.welcome());
    for (const message of this.messages.values()) this.log.append(...this.withDay(message));
    this.drawMenu();
    this.drawReplyKeys();
    this.stuck = true;
    this.toEnd(false);
  }

  drawSub() {
    const chat = this.chat;
    const plain = this.group
      ? `${this.id}${chat.with_bot ? "" : " · without the bot"}`
      : `${this.id}${chat.blocked ? " · has blocked the bot" : ""}`;
    this.sub.textContent = this.typing ? "the bot is typing…" : plain;
    this.sub.title = `Telegram ID ${plain}`;
    this.sub.classList.toggle("live", Boolean(this.typing));
  }

  welcome() {
    const box = el("div", "start", el("b", "", this.group ? this.chat.title ?? "" : this.world.bot.first_name));
    if (this.group) {
      box.append(el("p", "", "No messages yet."));
    } else {
      box.append(el("p", "", `@${this.world.bot.username}`));
      const start = el("button", "primary", "Start");
      start.type = "button";
      start.addEventListener("click", () => this.say("/start"));
      box.append(start);
    }
    return box;
  }

  withDay(message) {
    const label = day(message.date);
    const before = [...this.log.querySelectorAll(".day")].pop()?.textContent;
    const node = this.messageNode(message);
    return before === label ? [node] : [el("div", "day", label), node];
  }

  messageNode(message) {
    const world = this.world;
    if (message.service) {
      const line = el("div", "service", service(message, (id) => world.name(id)));
      line.dataset.id = message.id;
      return line;
    }
    const own = message.from === this.as;
    const bubble = el("div", "bubble");
    const isPhoto = message.file?.kind === "photo";
    if (isPhoto) bubble.append(file(message.file));
    if (this.group && !own) {
      const author = el("div", "author", world.name(message.from));
      author.style.color = nameColour(message.from);
      bubble.append(author);
    }
    if (message.forward) bubble.append(el("div", "fwd", "Forwarded from ", el("b", "", message.forward)));
    if (message.reply_to) bubble.append(this.quote(message.reply_to));
    if (message.file && !isPhoto) bubble.append(file(message.file));
    if (message.contact) bubble.append(contact(message.contact));
    if (message.location) bubble.append(location(message.location));
    const meta = el("span", "meta", `${message.edited ? "edited " : ""}${clock(message.date)}`);
    const text = message.text ? formatted(message.text, message.entities, { command: (command) => this.say(command) }) : el("div", "text");
    text.append(meta);
    bubble.append(text);
    const node = el("article", own ? "msg own" : "msg", bubble);
    node.dataset.id = message.id;
    node.setAttribute("aria-label", `${world.name(message.from)}, ${clock(message.date)}`);
    const rows = message.markup?.inline_keyboard;
    if (rows) {
      node.classList.add("keyed");
      node.append(inlineKeys(rows, (button, key) => this.press(message, button, key)));
      for (const key of node.querySelectorAll("button.key")) if (world.waits(this.id, message.id, key.dataset.data)) key.setAttribute("aria-busy", "true");
    }
    const actions = this.actions(message);
    node.append(actions);
    bubble.addEventListener("contextmenu", (event) => {
      if (event.target.closest("a") || !getSelection().isCollapsed) return;
      event.preventDefault();
      actions.click();
    });
    return node;
  }

  quote(id) {
    const quoted = this.messages.get(id);
    const box = el("button", "quote", el("b", "", quoted ? this.world.name(quoted.from) : "Message"), el("span", "", quoted ? summary(quoted) : "…"));
    box.type = "button";
    box.addEventListener("click", () => this.find(id)?.scrollIntoView({ block: "center", behavior: "smooth" }));
    return box;
  }

  actions(message) {
    const button = el("button", "round act");
    button.type = "button";
    button.setAttribute("aria-label", "Reply, edit, forward, copy");
    button.setAttribute("aria-haspopup", "menu");
    button.textContent = "⋯";
    button.addEventListener("click", () => this.world.popup(button, [
      ["Reply", () => this.reply(message)],
      ...(this.canEdit(message) ? [["Edit", () => this.edit(message)]] : []),
      ["Forward…", () => this.world.forward(this, message)],
      ["Copy text", () => navigator.clipboard?.writeText(message.text)],
    ]));
    return button;
  }

  find(id) { return this.log.querySelector(`[data-id="${id}"]`); }

  /** A new or changed message. */
  put(message) {
    const stay = this.nearEnd() || message.from === this.as;
    const known = this.find(message.id);
    const fresh = !this.messages.has(message.id);
    this.messages.set(message.id, message);
    if (known) {
      known.replaceWith(this.messageNode(message));
    } else {
      this.log.querySelector(".start")?.remove();
      const nodes = this.withDay(message);
      nodes.at(-1).classList.add("new");
      this.log.append(...nodes);
    }
    if (fresh) {
      if (message.bot) this.setTyping(false);
      if (message.from !== this.as) this.world.arrived(this);
      this.newKeyboard(message);
    }
    if (stay) { this.stuck = true; this.toEnd(fresh && !known); }
  }

  remove(id) {
    this.messages.delete(id);
    this.find(id)?.remove();
    if (id === this.keyboardFrom) { this.keyboard = null; this.drawReplyKeys(); }
    if (this.messages.size === 0) this.redraw();
  }

  nearEnd() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END; }

  toEnd(smooth) { this.log.scrollTo({ top: this.log.scrollHeight, behavior: smooth ? "smooth" : "instant" }); }

  // ---- the keyboard under the composer, and the command menu ----

  /** Applies the effect of a new message on the keyboard. */
  newKeyboard(message) {
    if (message.markup?.keyboard) [this.keyboard, this.keyboardFrom, this.keysShown] = [message.markup, message.id, true];
    if (message.markup?.remove_keyboard) this.keyboard = null;
    if (message.markup?.force_reply) this.reply(message);
    this.drawReplyKeys();
  }

  drawReplyKeys() {
    const keyboard = this.keyboard;
    this.keysToggle.hidden = !keyboard;
    this.keysToggle.setAttribute("aria-pressed", String(Boolean(keyboard && this.keysShown)));
    const stay = this.nearEnd();
    this.replyKeys.hidden = !keyboard || !this.keysShown;
    this.input.placeholder = (keyboard && this.keysShown && keyboard.input_field_placeholder) || "Message";
    this.replyKeys.classList.toggle("tall", Boolean(keyboard && !keyboard.resize_keyboard));
    this.replyKeys.replaceChildren(...(keyboard?.keyboard ?? []).map((row) => el("div", "row", ...row.map((key) => this.replyKey(key, keyboard)))));
    if (stay) this.toEnd(false);
  }

  replyKey(key, keyboard) {
    const button = el("button", "", key.text);
    button.type = "button";
    button.addEventListener("click", () => {
      if (keyboard.one_time_keyboard) { this.keysShown = false; this.drawReplyKeys(); }
      if (key.request_contact) this.world.shareContact(this);
      else if (key.request_users !== undefined) this.world.sharePerson(this, key.request_users);
      else if (key.request_chat !== undefined) this.world.shareChat(this, key.request_chat);
      else this.say(key.text);
    });
    return button;
  }

  drawMenu() {
    const commands = this.chat.menus[this.as] ?? [];
    this.cmds.hidden = commands.length === 0;
    this.menu.replaceChildren(...commands.map((entry) => {
      const item = el("button", "", entry.description, el("span", "", `/${entry.command}`));
      item.type = "button";
      item.setAttribute("role", "menuitem");
      item.addEventListener("click", () => { this.openMenu(false); this.say(`/${entry.command}`); });
      return item;
    }));
    if (commands.length === 0) this.openMenu(false);
  }

  openMenu(open) {
    const stay = this.nearEnd();
    this.menu.hidden = !open;
    this.cmds.setAttribute("aria-expanded", String(open));
    if (open) this.menu.querySelector("button")?.focus();
    if (stay) this.toEnd(false);
  }

  chatMenu() {
    const world = this.world;
    const items = [];
    if (this.group) {
      const { with_bot: there } = this.chat;
      items.push([there ? "Remove the bot from the group" : "Add the bot to the group",
        () => world.post("group", { as: this.as, chat: this.id, with_bot: !there }), there ? "danger" : ""]);
    } else {
      const { blocked } = this.chat;
      items.push([blocked ? "Unblock the bot" : "Block the bot", () => world.post("block", { user: this.id, blocked: !blocked }), blocked ? "" : "danger"]);
    }
    return items;
  }

  // ---- user actions ----

  fit() {
    this.input.style.height = "37px";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 140)}px`;
  }

  reply(message) {
    this.editing = null;
    this.replyTo = message?.id ?? null;
    this.showBar(message && [this.world.name(message.from), summary(message)]);
  }

  canEdit(message) {
    return message.from === this.as && !message.forward && !message.contact && !message.location;
  }

  edit(message) {
    this.replyTo = null;
    this.editing = message.id;
    this.showBar(["Edit message", summary(message)]);
    this.input.value = message.text;
    this.fit();
  }

  showBar(lines) {
    this.replyBar.hidden = !lines;
    if (!lines) return;
    [this.replyBar.querySelector("b").textContent, this.replyBar.querySelector("span").textContent] = lines;
    this.input.focus();
  }

  cancelBar() {
    if (this.editing) this.clearInput();
    this.reply(null);
  }

  clearInput() {
    const text = this.input.value;
    this.input.value = "";
    this.fit();
    return text;
  }

  submit() {
    const text = this.clearInput();
    const message = this.editing;
    if (message) {
      this.reply(null);
      this.world.post("edit", { as: this.as, chat: this.id, message, text });
    } else if (text.trim()) this.say(text);
  }

  say(text) { return this.sendPart("send", { text }); }

  /** Sends a text, contact or location, as a reply when one was chosen. */
  sendPart(path, fields) {
    const reply_to = this.replyTo ?? null;
    this.reply(null);
    return this.world.post(path, { as: this.as, chat: this.id, reply_to, ...fields });
  }

  /** Sends files with the text of the composer as the caption of the first; several files are an album. */
  async sendFiles(files) {
    const common = { as: this.as, chat: this.id };
    if (this.replyTo) common.reply_to = this.replyTo;
    if (files.length > 1) common.album = String(Date.now());
    let caption = this.editing ? "" : this.clearInput();
    this.reply(null);
    for (const { content, ...about } of files) {
      await this.world.postFile(new URLSearchParams({ ...common, ...about, caption }), content);
      caption = "";
    }
  }

  async press(message, button, key) {
    if (button.callback_data === undefined) return this.toast("The sandbox does not support this kind of button");
    if (key.getAttribute("aria-busy") === "true") return undefined;
    key.setAttribute("aria-busy", "true");
    const pressed = await this.world.post("press", { as: this.as, chat: this.id, message: message.id, data: button.callback_data });
    if (!pressed || pressed.update_id === 0) return this.calm(message.id, button.callback_data);
    return this.world.await(pressed.query_id, { phone: this, as: this.as, message: message.id, data: button.callback_data }, ANSWER_PATIENCE);
  }

  /** Removes the spinner of a button. */
  calm(message, data) {
    for (const key of this.find(message)?.querySelectorAll("button.key") ?? []) if (key.dataset.data === data) key.removeAttribute("aria-busy");
  }

  toast(text) {
    this.toastNode.textContent = text;
    this.toastNode.hidden = false;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => { this.toastNode.hidden = true; }, 3500);
  }

  setTyping(on) {
    clearTimeout(this.typing);
    this.typing = on ? setTimeout(() => this.setTyping(false), 5000) : 0;
    this.drawSub();
  }
}

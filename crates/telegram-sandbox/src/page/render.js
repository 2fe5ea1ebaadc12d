// Builds the parts of a message as DOM nodes. Text only ever becomes text nodes, never markup.

/** Creates an element with a class and children (nodes or strings). */
export function el(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

const COLOURS = ["#e17076", "#7bc862", "#65aadd", "#a695e7", "#ee7aae", "#6ec9cb", "#faa774"];
const INKS = ["#c0484f", "#3f8a2c", "#2b76b3", "#7a63cf", "#c04680", "#2a8b8d", "#c06a2c"];
const nth = (id) => Math.abs(Number(id)) % 7;

/** Colours an avatar and puts the first letter in it. */
export function avatar(node, id, name) {
  node.style.background = `linear-gradient(${COLOURS[nth(id)]}, ${INKS[nth(id)]})`;
  node.textContent = Array.from(name.trim())[0] ?? "?";
  return node;
}

export const nameColour = (id) => (document.documentElement.dataset.theme === "dark" ? COLOURS : INKS)[nth(id)];

export const clock = (date) => new Date(date * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
export const day = (date) => new Date(date * 1000).toLocaleDateString("en", { month: "long", day: "numeric" });

export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

const SIMPLE = { bold: "strong", italic: "em", underline: "u", strikethrough: "s" };
const safe = (url) => (/^(https?|tg|mailto|tel):/i.test(url) ? url : `http://${url}`);

function wrapper(entity, hooks) {
  const tag = SIMPLE[entity.type];
  if (tag) return el(tag);
  switch (entity.type) {
    case "code": {
      const code = el("code");
      code.title = "Click to copy";
      code.addEventListener("click", () => navigator.clipboard?.writeText(code.textContent));
      return code;
    }
    case "pre": return el("pre");
    case "blockquote": return el("blockquote");
    case "expandable_blockquote": {
      const quote = el("blockquote", "folded");
      quote.addEventListener("click", () => quote.classList.toggle("folded"));
      return quote;
    }
    case "spoiler": {
      const spoiler = el("span", "spoiler");
      spoiler.tabIndex = 0;
      spoiler.setAttribute("role", "button");
      spoiler.setAttribute("aria-label", "Hidden text");
      const show = () => { spoiler.classList.add("seen"); spoiler.removeAttribute("aria-label"); };
      spoiler.addEventListener("click", show);
      spoiler.addEventListener("keydown", (event) => { if (event.key === "Enter") show(); });
      return spoiler;
    }
    case "text_link": {
      const link = el("a");
      link.href = safe(entity.url);
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      link.title = entity.url;
      return link;
    }
    case "text_mention": return el("a");
    case "bot_command": {
      const command = el("button", "cmd");
      command.type = "button";
      command.addEventListener("click", () => hooks.command(command.textContent));
      return command;
    }
    default: return null;
  }
}

/** A text with its entities. Offsets are UTF-16 units, as in JavaScript strings. */
export function formatted(text, entities, hooks) {
  const build = (from, to, list) => {
    const nodes = [];
    let at = from;
    for (let i = 0; i < list.length; i += 1) {
      const entity = list[i];
      const start = Math.max(entity.offset, at);
      const end = Math.min(entity.offset + entity.length, to);
      if (start >= end) continue;
      const inner = list.slice(i + 1).filter((other) => other.offset < end);
      const node = wrapper(entity, hooks);
      if (!node) continue;
      if (start > at) nodes.push(text.slice(at, start));
      node.append(...build(start, end, inner));
      nodes.push(node);
      at = end;
      // A block element ends its own line.
      if (/^(PRE|BLOCKQUOTE)$/.test(node.tagName) && text[at] === "\n" && at < to) at += 1;
    }
    if (at < to) nodes.push(text.slice(at, to));
    return nodes;
  };
  return el("div", "text", ...build(0, text.length, entities));
}

/** What a file is called. */
export const KINDS = { photo: "Photo", video: "Video", voice: "Voice message", document: "Document", audio: "Audio", animation: "Animation", video_note: "Video message", sticker: "Sticker" };
const MARKS = { video: "▶", voice: "♪", document: "↓" };

/** The file of a message: a photo to show or a document to download. */
export function file(info) {
  const url = `/sandbox/api/file/${encodeURIComponent(info.id)}`;
  const link = el("a", info.kind === "photo" ? "" : "file");
  link.href = url;
  if (info.kind === "photo") {
    const image = el("img", "photo");
    [image.width, image.height] = info.pixels[0] ? info.pixels : [400, 300];
    image.src = url;
    image.alt = "Photo";
    link.target = "_blank";
    link.append(image);
  } else {
    link.download = info.name;
    const name = info.kind === "voice" ? KINDS.voice : info.name;
    link.append(el("i", "", MARKS[info.kind] ?? MARKS.document), el("span", "", el("b", "", name), el("small", "", fileSize(info.size))));
  }
  return link;
}

export function contact(info) {
  const face = avatar(el("i"), info.user_id ?? 3, info.first_name);
  return el("div", "file", face, el("span", "", el("b", "", info.first_name), el("small", "", info.phone_number)));
}

export function location(info) {
  const where = `${info.latitude.toFixed(5)}, ${info.longitude.toFixed(5)}`;
  return el("div", "file", el("i", "", "◎"), el("span", "", el("b", "", "Location"), el("small", "", where)));
}

/** The text of a service message. */
export function service(message, name) {
  const who = name(message.from);
  const what = message.service;
  if (what.new_chat_members) return `${who} added ${what.new_chat_members.map((user) => user.first_name).join(", ")}`;
  if (what.left_chat_member) return `${who} removed ${what.left_chat_member.first_name}`;
  if (what.users_shared) return `${who} shared ${what.users_shared.users.map((user) => user.first_name ?? user.user_id).join(", ")} with the bot`;
  if (what.chat_shared) return `${who} shared a chat with the bot`;
  return Object.keys(what).join(", ");
}

/** Rows of inline buttons. */
export function inlineKeys(rows, press) {
  const keys = el("div", "keys");
  for (const row of rows) {
    const line = el("div", "row");
    for (const button of row) {
      const key = el(button.url ? "a" : "button", button.url ? "key link" : "key", button.text);
      if (button.url) {
        key.href = safe(button.url);
        key.target = "_blank";
        key.rel = "noopener noreferrer";
      } else {
        key.type = "button";
        key.dataset.data = button.callback_data ?? "";
        key.title = button.callback_data ?? "";
        key.addEventListener("click", () => press(button, key));
      }
      line.append(key);
    }
    keys.append(line);
  }
  return keys;
}

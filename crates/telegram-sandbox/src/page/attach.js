// What the page attaches to messages: made-up files, a file of this computer, a location.

const PAINTS = [["#7fb2d6", "#e9f2f8"], ["#d69a7f", "#f8efe9"], ["#8fbf8a", "#edf6ec"], ["#b59ad0", "#f2edf7"]];
/** Places in no street: the middle of a lake. */
const LOCATION = { latitude: 61.2345, longitude: 35.5678 };
let shots = 0;

/** A drawing of an appliance, different every time. */
function picture() {
  shots += 1;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [480, 360];
  const draw = canvas.getContext("2d");
  const [wall, body] = PAINTS[shots % PAINTS.length];
  draw.fillStyle = wall;
  draw.fillRect(0, 0, 480, 360);
  draw.fillStyle = body;
  draw.fillRect(150, 40, 180, 280);
  draw.fillStyle = wall;
  draw.beginPath();
  draw.arc(240, 200, 60, 0, 7);
  draw.fill();
  draw.fillStyle = "#33424e";
  draw.font = "bold 26px sans-serif";
  draw.fillText(`#${shots}`, 165, 76);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

const bytes = (text) => new Blob([text]);
const photo = async () => ({ kind: "photo", name: `photo-${shots + 1}.png`, content: await picture() });

/** Asks for a file of this computer; resolves to it. */
function ownFile() {
  const input = document.getElementById("own-file");
  return new Promise((resolve) => {
    input.value = "";
    input.onchange = () => resolve(input.files[0]);
    input.oncancel = () => resolve(null);
    input.click();
  });
}

async function sendOwnFile(phone) {
  const content = await ownFile();
  if (!content) return;
  const kind = /^image\/(png|jpeg|gif)$/.test(content.type) ? "photo" : content.type.startsWith("video/") ? "video" : "document";
  await phone.sendFiles([{ kind, name: content.name, content }]);
}

/** The attach menu of a phone. */
export function attachMenu(phone) {
  const { world } = phone;
  return [
    ["Photo", async () => phone.sendFiles([await photo()])],
    ["Album of three photos", async () => phone.sendFiles([await photo(), await photo(), await photo()])],
    ["Video", () => phone.sendFiles([{ kind: "video", name: "video.mp4", content: bytes("made-up video") }])],
    ["Voice message", () => phone.sendFiles([{ kind: "voice", name: "voice.ogg", content: bytes("made-up voice") }])],
    ["Document", () => phone.sendFiles([{ kind: "document", name: "act.txt", content: bytes("A made-up document.\n") }])],
    ["Location", () => phone.sendPart("location", LOCATION)],
    ["My contact", () => world.shareContact(phone)],
    ["Another contact…", () => world.shareOther(phone)],
    ["File of this computer…", () => sendOwnFile(phone)],
  ];
}

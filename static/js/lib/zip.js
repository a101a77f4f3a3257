// Pictures packed into one ZIP, as they are: nothing is compressed, and nothing copied in memory.
// The same pictures give the same bytes, those of submissions/stacks.py, so that a stack that was
// sent before is known again and one that was broken off goes on.

const CALLED_PICTURE = /\.(jpe?g|png|tiff?|heic|heif)$/i;
const HEIC = /\.hei[cf]$/i;
const CLUTTER = /^(\.|__MACOSX)/;
const LONGEST_LABEL = 80;
const MOST = { bytes: 0xf0000000, files: 60000 }; // what such a ZIP can count
const DOS_DAY = 0x21; // January 1, 1980
const UTF8 = 0x800;

// [[file], [picture, picture, …]]: what to send as it is, and the pictures together.
export function together(files) {
  const pictures = files.filter(({ name }) => CALLED_PICTURE.test(name) && !CLUTTER.test(name));
  if (pictures.length < 2 || pictures.every(({ name }) => HEIC.test(name))) return files.map((file) => [file]);
  const stack = [...pictures].sort((one, other) => natural(one.name, other.name));
  const stacked = new Set(pictures.slice(1));
  return files.filter((file) => !stacked.has(file)).map((file) => (file === pictures[0] ? stack : [file]));
}

// Sorts as people do, and as the server does: 2 before 10, capitals like small letters.
export function natural(one, other) {
  const [these, those] = [pieces(one), pieces(other)];
  for (let n = 0; n < Math.min(these.length, those.length); n += 1) {
    const order = compare(these[n], those[n]);
    if (order) return order;
  }
  return these.length - those.length;
}

function pieces(name) {
  return (name.match(/[0-9]+|[^0-9]+/g) ?? []).map((piece) => (/[0-9]/.test(piece) ? BigInt(piece) : piece.toLowerCase()));
}

function compare(one, other) {
  if (typeof one !== typeof other) return typeof one === "bigint" ? -1 : 1;
  return one < other ? -1 : Number(one > other);
}

// "max-1.png … max-3.png", as they are called in the list.
export function span(files) {
  return `${short(files[0].name)} … ${short(files.at(-1).name)}`;
}

function short(name) {
  const letters = [...name];
  return letters.length <= LONGEST_LABEL ? name : `${letters.slice(0, 50).join("")}…${letters.slice(-29).join("")}`;
}

// Resolves to a File that holds them in this order. progress(bytes) while they are looked through.
export async function pack(files, { progress, signal }) {
  const whole = files.reduce((sum, { size }) => sum + size, 0);
  if (whole > MOST.bytes || files.length > MOST.files) {
    throw new Error("These are too many at once. Send them in several goes, the pages of a paper together.");
  }
  const parts = [];
  const directory = [];
  let at = 0;
  let seen = 0;
  for (const file of files) {
    const name = new TextEncoder().encode(file.name.replaceAll("\\", "_"));
    const crc = await checksum(file, signal, (bytes) => progress((seen += bytes)));
    const entry = { name, crc, size: file.size, at };
    const head = localHeader(entry);
    parts.push(head, file);
    directory.push(centralHeader(entry));
    at += head.byteLength + file.size;
  }
  const length = directory.reduce((sum, { byteLength }) => sum + byteLength, 0);
  parts.push(...directory, ending(files.length, length, at));
  // Stable, for a stack that was broken off is known by name, size and time.
  const lastModified = files.reduce((latest, file) => Math.max(latest, file.lastModified), 0);
  const name = `${span(files)} (${files.length} pictures)`;
  return new File(parts, name, { type: "application/zip", lastModified });
}

function localHeader(entry) {
  return bytes([[0x04034b50, 4], ...facts(entry)], entry.name);
}

function centralHeader(entry) {
  const made = [[0x02014b50, 4], [0x0314, 2]];
  const more = [[0, 2], [0, 2], [0, 2], [0o644 << 16, 4], [entry.at, 4]];
  return bytes([...made, ...facts(entry), ...more], entry.name);
}

// Version, flags, method, time, day, checksum, size twice, length of the name, none of extras.
function facts({ name, crc, size }) {
  const flags = name.some((byte) => byte > 127) ? UTF8 : 0;
  return [[20, 2], [flags, 2], [0, 2], [0, 2], [DOS_DAY, 2], [crc, 4], [size, 4], [size, 4], [name.length, 2], [0, 2]];
}

function ending(count, length, at) {
  return bytes([[0x06054b50, 4], [0, 4], [count, 2], [count, 2], [length, 4], [at, 4], [0, 2]]);
}

// Numbers, each in so many bytes, the least first; then the name.
function bytes(numbers, name = []) {
  const out = [];
  for (const [number, width] of numbers) {
    for (let byte = 0; byte < width; byte += 1) out.push((number >>> (8 * byte)) & 0xff);
  }
  return new Uint8Array([...out, ...name]);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

// CRC-32 of a file, read piece by piece.
async function checksum(file, signal, progress) {
  let crc = 0xffffffff;
  const reader = file.stream().getReader();
  for (let piece = await read(reader, file); !piece.done; piece = await read(reader, file)) {
    signal.throwIfAborted();
    const { value } = piece;
    for (let at = 0; at < value.length; at += 1) crc = (crc >>> 8) ^ TABLE[(crc ^ value[at]) & 0xff];
    progress(value.length);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

async function read(reader, file) {
  try {
    return await reader.read();
  } catch {
    throw new Error(`${file.name} cannot be read any more. Choose the pictures once more.`);
  }
}

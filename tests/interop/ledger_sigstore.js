// Checks a log or an unpacked incident bundle with the code that checks Sigstore's logs, the package
// @sigstore/verify: its signed notes, checkpoints and inclusion proofs.
//
//   node ledger_sigstore.js MODULES FOLDER [FROM TO]
//
// MODULES is the node_modules folder that holds the package, FOLDER a log as ledger_go.go has it. The
// package reads no tiles: they are read here, and the entries of every checkpoint (of many every fifth)
// are shown to it with a proof made of them, beside the proofs that Etalon made. It knows no
// consistency proofs and no cosignatures of witnesses; Go's packages check those. Of Etalon there is no
// code in here.
// Exit code 0: all is well; 1: refused, with the reason; 2: usage.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const WIDTH = 256;
const HASH = 32;
// Up to so many entries all are checked, of more every STEP-th; five has no factor in common with the
// width of a tile, so every place in a tile is looked at.
const SMALL = 4096;
const STEP = 5;
// Of Ed25519 public keys as X.509 has them.
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

const [modules, folder, from = 0, to = Infinity] = process.argv.slice(2);
if (!folder) {
  console.error('usage: ledger_sigstore.js MODULES FOLDER [FROM TO]');
  process.exit(2);
}

// The two files are not exported, hence the absolute paths.
const internal = (file) => require(path.resolve(modules, '@sigstore/verify/dist/tlog', file));
const { verifyCheckpoint } = internal('checkpoint.js');
const { verifyMerkleInclusion } = internal('merkle.js');

function need(good, complaint) {
  if (!good) throw new Error(complaint);
}

const sha256 = (...parts) => {
  const hash = crypto.createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

function logKeys() {
  return fs.readFileSync(path.join(folder, 'vkey'), 'utf8').trim().split('\n').map((line) => {
    const [name, id, base64] = line.split(/\+(.*?)\+(.*)/s);
    const key = Buffer.from(base64, 'base64');
    need(key.length === 33 && key[0] === 1, `vkey: not an Ed25519 key: ${line}`);
    const logID = sha256(`${name}\n`, key);
    need(logID.subarray(0, 4).toString('hex') === id, `vkey: another id: ${line}`);
    const der = Buffer.concat([SPKI, key.subarray(1)]);
    const publicKey = crypto.createPublicKey({ key: der, format: 'der', type: 'spki' });
    return { logID, publicKey, baseURL: name };
  });
}

// number(1234067) is 'x001/x234/067'.
function number(index) {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.../g);
  return groups.map((group, i) => (i + 1 < groups.length ? `x${group}/` : group)).join('');
}

// The tile of that width or, where it was deleted, the full one.
function readTile(kind, index, width) {
  const full = path.join(folder, 'tile', String(kind), number(index));
  const partial = `${full}.p/${width}`;
  return fs.readFileSync(width < WIDTH && fs.existsSync(partial) ? partial : full);
}

const widthOf = (level, index, size) =>
  Math.min(WIDTH, Math.floor(size / WIDTH ** level) - index * WIDTH);

// Hashes of complete subtrees of the tree of that size.
class Tiles {
  constructor(size) {
    this.size = size;
    this.tiles = new Map();
    this.hashes = new Map();
  }

  tile(level, index) {
    const key = `${level}/${index}`;
    if (!this.tiles.has(key)) {
      const width = widthOf(level, index, this.size);
      const bytes = readTile(level, index, width);
      need(bytes.length === width * HASH || bytes.length === WIDTH * HASH, `tile/${key}: wrong length`);
      this.tiles.set(key, bytes);
    }
    return this.tiles.get(key);
  }

  complete(level, index) {
    if (level % 8 === 0) {
      const at = (index % WIDTH) * HASH;
      return this.tile(level / 8, Math.floor(index / WIDTH)).subarray(at, at + HASH);
    }
    const key = `${level}/${index}`;
    if (!this.hashes.has(key)) {
      const below = [2 * index, 2 * index + 1].map((child) => this.complete(level - 1, child));
      this.hashes.set(key, sha256(Buffer.of(1), ...below));
    }
    return this.hashes.get(key);
  }

  // MTH(D[start : end]) of RFC 6962, where start is a multiple of a power of two not below the rest.
  range(start, end) {
    const level = Math.ceil(Math.log2(end - start));
    if (end - start === 2 ** level) return this.complete(level, start / 2 ** level);
    const middle = start + 2 ** (level - 1);
    return sha256(Buffer.of(1), this.complete(level - 1, start / 2 ** (level - 1)), this.range(middle, end));
  }

  // PATH(index, D[start : end])
  path(index, start = 0, end = this.size) {
    if (end - start === 1) return [];
    const middle = start + 2 ** (Math.ceil(Math.log2(end - start)) - 1);
    return index < middle
      ? [...this.path(index, start, middle), this.range(middle, end)]
      : [...this.path(index, middle, end), this.range(start, middle)];
  }
}

function readEntries(index, width) {
  const bytes = readTile('entries', index, width);
  const entries = [];
  for (let at = 0; at < bytes.length; ) {
    need(at + 2 <= bytes.length, `bundle ${index}: truncated`);
    const end = at + 2 + bytes.readUInt16BE(at);
    need(end <= bytes.length, `bundle ${index}: truncated`);
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  need(entries.length === width || entries.length === WIDTH, `bundle ${index}: ${entries.length} entries`);
  return entries;
}

// Opens a checkpoint by the package: signature, then origin, size and root.
function open(text, keys) {
  const entry = { inclusionProof: { checkpoint: { envelope: text } } };
  const checkpoint = verifyCheckpoint(entry, keys);
  need(checkpoint.origin === keys[0].baseURL, 'a checkpoint of another log');
  return checkpoint;
}

let checked = 0;
const seen = new Set();

function checkCheckpoint(name, keys) {
  const text = fs.readFileSync(path.join(folder, name), 'utf8');
  const checkpoint = open(text, keys);
  const size = Number(checkpoint.logSize);
  if (size === 0) {
    need(checkpoint.logHash.equals(sha256()), 'an empty tree with another root than that of no entries');
    return size;
  }
  if (seen.has(text)) return size;
  seen.add(text);
  const tiles = new Tiles(size);
  for (let bundle = Math.floor(from / WIDTH); bundle * WIDTH < Math.min(to, size); bundle++) {
    const width = widthOf(0, bundle, size);
    readEntries(bundle, width).slice(0, width).forEach((entry, i) => {
      const logIndex = bundle * WIDTH + i;
      if (logIndex < Number(from) || logIndex >= Number(to)) return;
      if (Math.min(to, size) - from > SMALL && logIndex % STEP !== 0 && logIndex !== size - 1) return;
      checked++;
      const inclusionProof = { logIndex: String(logIndex), hashes: tiles.path(logIndex) };
      verifyMerkleInclusion({ canonicalizedBody: entry, inclusionProof }, checkpoint);
    });
  }
  return size;
}

// A proof that Etalon made.
function checkProof(name, keys) {
  const text = fs.readFileSync(path.join(folder, 'proof', name), 'utf8');
  const end = text.indexOf('\n\n');
  const [heading, index, ...hashes] = text.slice(0, end).split('\n');
  need(heading === 'c2sp.org/tlog-proof@v1' && /^index \d+$/.test(index), 'not a proof');
  const checkpoint = open(text.slice(end + 2), keys);
  const logIndex = index.slice('index '.length);
  const bundle = Math.floor(Number(logIndex) / WIDTH);
  const entries = readEntries(bundle, widthOf(0, bundle, Number(checkpoint.logSize)));
  const inclusionProof = { logIndex, hashes: hashes.map((hash) => Buffer.from(hash, 'base64')) };
  verifyMerkleInclusion(
    { canonicalizedBody: entries[Number(logIndex) % WIDTH], inclusionProof }, checkpoint);
}

const list = (name) => (fs.existsSync(path.join(folder, name)) ? fs.readdirSync(path.join(folder, name)) : []);

let where = 'vkey';
try {
  const keys = logKeys();
  const sizes = [];
  for (const name of [...list('cosigned').map((size) => `cosigned/${size}`), 'checkpoint']) {
    where = name;
    sizes.push(checkCheckpoint(name, keys));
  }
  for (const name of list('proof')) {
    where = `proof/${name}`;
    checkProof(name, keys);
  }
  console.log(`sizes ${sizes.join(' ')}, ${checked} entries; ${list('proof').length} proofs of theirs`);
} catch (error) {
  console.error(`refused: ${where}: ${error.message}`);
  process.exit(1);
}

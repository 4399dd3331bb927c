// Hold what calendar programs in JavaScript read in our feeds against what is meant; ends with 1 where one differs.
// In JavaScript, because a time whose zone is not defined is read right by all readers in Python, and hours off by
// ical.js, which Thunderbird has: that fault shows only here.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ICAL from "ical.js";
import ical from "node-ical";
import { convertIcsCalendar } from "ts-ics";

const READERS = { "ical.js": byIcalJs, "node-ical": byNodeIcal, "ts-ics": byTsIcs };
// Far from UTC, so that a time without a zone is read as no other.
process.env.TZ = "Pacific/Kiritimati";

const folder = process.argv[2];
const names = readdirSync(folder).filter((name) => name.endsWith(".ics"));
let compared = 0;
for (const name of names) {
  const feed = readFileSync(join(folder, name), "utf8");
  const meant = JSON.parse(readFileSync(join(folder, name.replace(/ics$/, "json")), "utf8"));
  for (const [reader, read] of Object.entries(READERS)) {
    for (const wrong of differing(read(feed), meant)) {
      console.error(`${name}, ${reader}: ${wrong}`);
      process.exitCode = 1;
    }
    compared += Object.keys(meant).length;
  }
}
tryWithoutZones();
console.log(`${compared} events of ${names.length} feeds are read as they are meant`);

// Whether a fault would be seen.
function tryWithoutZones() {
  const zoned = names.filter((name) => name.includes("zoned")).map((name) => readFileSync(join(folder, name), "utf8"));
  const undefinedZones = zoned.map((feed) => feed.replace(/BEGIN:VTIMEZONE[^]*END:VTIMEZONE\r\n/, ""));
  if (!undefinedZones.some((feed, at) => differing(byIcalJs(feed), byIcalJs(zoned[at])).length > 0)) {
    console.error("ical.js reads times without the definitions of their zones right: this finds nothing");
    process.exitCode = 1;
  }
}

function differing(read, meant) {
  const wrong = [];
  for (const uid of new Set([...Object.keys(read), ...Object.keys(meant)])) {
    const [begins, ends] = read[uid] ?? [];
    const [meantBegins, meantEnds] = meant[uid] ?? [];
    // An event that ends nowhere does so where its reader likes.
    if (begins !== meantBegins || (meantEnds !== null && ends !== meantEnds)) {
      wrong.push(`${uid} is ${begins} to ${ends}, and not ${meantBegins} to ${meantEnds}`);
    }
  }
  return wrong;
}

function byIcalJs(feed) {
  const calendar = new ICAL.Component(ICAL.parse(feed));
  const told = (time) => (time.isDate ? time.toString() : instant(new Date(time.toUnixTime() * 1000)));
  return byUid(
    calendar.getAllSubcomponents("vevent").map((component) => new ICAL.Event(component)),
    (event) => [event.uid, told(event.startDate), told(event.endDate)],
  );
}

function byNodeIcal(feed) {
  return byUid(
    Object.values(ical.sync.parseICS(feed)).filter((found) => found.type === "VEVENT"),
    ({ uid, start, end, datetype }) => [uid, ...[start, end].map(datetype === "date" ? localDay : instant)],
  );
}

function byTsIcs(feed) {
  const told = (time) => time && (time.type === "DATE" ? instant(time.date).slice(0, 10) : instant(time.date));
  return byUid(convertIcsCalendar(undefined, feed).events ?? [], ({ uid, start, end }) => [uid, told(start), told(end)]);
}

function byUid(events, told) {
  const found = events.map(told);
  return Object.fromEntries(found.map(([uid, begins, ends]) => [uid, [begins, ends]]));
}

function instant(date) {
  return date && date.toISOString().replace(".000Z", "Z");
}

// node-ical gives a day as its midnight by the clock of the machine.
function localDay(date) {
  return date && [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => `${part}`.padStart(2, "0")).join("-");
}

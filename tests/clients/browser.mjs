// node browser.mjs URL: creates a tag through /docs, as a person would, and prints what it saw.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium, { inflate, setupLambdaEnvironment } from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";

const url = process.argv[2];
// The package brings what machines lack, NSS and fonts among it, and unpacks it into TMPDIR.
const bin = join(import.meta.dirname, "node_modules", "@sparticuz", "chromium", "bin");
const libraries = await inflate(join(bin, "al2023.tar.br"));
setupLambdaEnvironment(join(libraries, "lib"));
const [fonts, cache] = ["fonts", "fonts-cache"].map((it) => join(tmpdir(), it));
process.env.FONTCONFIG_FILE = join(tmpdir(), "fonts.conf");
writeFileSync(
  process.env.FONTCONFIG_FILE,
  `<fontconfig><dir>${fonts}</dir><cachedir>${cache}</cachedir></fontconfig>\n`,
);
const profile = mkdtempSync(join(tmpdir(), "profile-"));
const browser = await puppeteer.launch({
  executablePath: await chromium.executablePath(bin),
  headless: "shell",
  userDataDir: profile,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const seen = { requests: [], complaints: [], status: "", body: "" };
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(300_000);
  page.on("request", (it) => seen.requests.push(it.url()));
  page.on("requestfailed", (it) => seen.complaints.push(it.url()));
  page.on("pageerror", (it) => seen.complaints.push(String(it)));
  page.on("console", (it) => it.type() === "error" && seen.complaints.push(it.text()));
  await page.goto(`${url}/docs`);
  const within = (part) => page.waitForSelector(`#operations-tags-create_tag ${part}`);
  await (await within(".opblock-summary-control")).click();
  await (await within(".try-out__btn")).click();
  const body = await within("textarea.body-param__text");
  await body.evaluate((it) => it.select());
  await body.type('{"label": "by hand"}');
  await (await within(".execute")).click();
  const text = async (part) => (await within(part)).evaluate((it) => it.textContent.trim());
  seen.status = await text(".live-responses-table .response .response-col_status");
  seen.body = await text(".live-responses-table .response .response-col_description");
} finally {
  await browser.close();
  rmSync(profile, { recursive: true });
}
console.log(JSON.stringify(seen));

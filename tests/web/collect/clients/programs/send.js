// Sends calls with a Node client as a firm's server would; the order stands on standard input, as send.py tells it.
"use strict";

const fs = require("node:fs");
const util = require("node:util");

const order = JSON.parse(fs.readFileSync(0, "utf8"));
const DAY = 86_400_000;

// A machine whose clock is wrong: the client sees no other.
const Right = Date;
globalThis.Date = class Date extends Right {
  constructor(...given) {
    super(...(given.length ? given : [Right.now() + order.ahead * 1000]));
  }

  static now() {
    return Right.now() + order.ahead * 1000;
  }
};

const clients = {
  segment() {
    const { Analytics } = require("@segment/analytics-node");
    const client = new Analytics({ writeKey: order.key, host: order.address, path: "/v1/batch" });
    client.on("error", (problem) => fail(util.inspect(problem, { depth: 4 })));
    return { client, end: () => client.closeAndFlush() };
  },
  rudder() {
    const Rudder = require("@rudderstack/rudder-sdk-node");
    const client = new Rudder(order.key, { dataPlaneUrl: order.address, gzip: order.gzip });
    return { client, end: () => client.flush() };
  },
};

function fail(problem) {
  console.error(problem);
  process.exitCode = 1;
}

async function main() {
  const { client, end } = clients[order.client]();
  for (const { type, daysAgo, ...fields } of order.calls) {
    if (daysAgo) fields.timestamp = new Date(Date.now() - daysAgo * DAY);
    client[type](fields);
  }
  await end();
}

main().catch((problem) => fail(problem.stack));

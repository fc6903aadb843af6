// tragt.js: tells the tracking API what visitors of a site do. Nothing is kept on the device before consent.
//
// It is served without comments and blanks, and with short names for what is declared at the margin (serving.py): a
// comment has its line to itself, every statement ends with a semicolon, no text spans lines, and no regular expression
// holds a blank, a quote, or such a name.

(() => {
  // Whatever goes wrong here is no trouble of the page: storage may be forbidden, properties may be no JSON.
  const safe = (work) => (...given) => {
    try {
      return work(...given);
    } catch (problem) {
      console.debug("tragt:", problem);
    }
  };

  const { src, dataset: { key = "", domain, page, beforeConsent, respectGpc } = {} } = document.currentScript || {};
  // Calls made before this script came wait in an array, which becomes the library: what refers to it stays good.
  const library = Array.isArray(window.tragt) ? window.tragt : (window.tragt = []);
  if (library.version) return;
  if (!/^(?!tragt_secret)./.test(key)) return console.error('tragt needs data-key="tragt_public_…"');
  library.version = "{version}";

  const automatic = page !== "manual";
  const silent = beforeConsent === "nothing" || (respectGpc != null && navigator.globalPrivacyControl);
  const address = (path) => new URL(path, src).href;
  const bytes = (text) => new Blob([text]).size;
  const random = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
  const on = (name, work) => addEventListener(name, safe(work), true);

  // Who the visitor is: in memory, and with consent to analytics in one cookie of the site.

  const stranger = (consent) => ({ anonymousId: random(), consent });
  let visitor = stranger({});
  let kept;
  const allowed = () => visitor.consent.analytics;

  // Another tab may have changed the cookie; where it removed it, consent was withdrawn there.
  const recall = safe(() => {
    const found = /(?:^|\s)tragt=([^;]+)/.exec(document.cookie);
    if (found) visitor = JSON.parse(decodeURIComponent(found[1]));
    else if (kept) visitor = stranger({});
    kept = found;
  });

  const keep = safe(() => {
    document.cookie =
      "tragt=" + encodeURIComponent(JSON.stringify(visitor)) + ";max-age=" + (allowed() ? 31536000 : 0) +
      ";path=/;samesite=lax" + (domain ? ";domain=" + domain : "") + (location.protocol === "https:" ? ";secure" : "");
    kept = 0;
    if (!allowed()) localStorage.removeItem("tragt");
  });

  // The queue, an event a line: in memory, and with consent in localStorage, which the tabs of a site share.

  let unkept = [];

  const queue = () => {
    recall();
    const stored = allowed() && safe(() => localStorage.getItem("tragt"))();
    return [...new Set((stored ? stored.split("\n") : []).concat(unkept))];
  };

  const setQueue = (events) => {
    unkept = events.slice(-500);
    if (allowed()) safe(() => {
      localStorage.setItem("tragt", unkept.join("\n"));
      unkept = [];
    })();
  };

  const forget = (events) => setQueue(queue().filter((event) => !events.includes(event)));

  const become = (next) => {
    const events = queue();
    visitor = next;
    keep();
    setQueue(events);
  };

  // Sending. What nobody confirmed is sent again; the server knows repetitions by their messageId.

  let timer;
  let failures = 0;
  let sending = [];

  // Browsers let 64 KB be under way when a page is left: a batch, and a beacon beside it.
  const portion = (events, size = 0) => events.filter((event) => (size += bytes(event)) <= 32768);

  const batch = (events) =>
    '{"batch":[' + events + "]," + JSON.stringify({ sentAt: new Date(), writeKey: key }).slice(1);

  const sendAfter = (pause) => {
    timer = timer || setTimeout(send, pause);
  };

  const send = async () => {
    clearTimeout(timer);
    timer = 0;
    if (sending[0]) return;
    const events = sending = portion(queue());
    if (!events[0]) return;
    let pause = 300;
    try {
      // A text without headers of its own needs no preflight.
      const answer = await fetch(address("v1/batch"), {
        method: "POST",
        body: batch(events),
        keepalive: true,
        signal: AbortSignal.timeout?.(30000),
      });
      const { ok, status } = answer;
      if (status > 499 || /408|429/.test(status)) throw answer.headers.get("Retry-After");
      if (!ok) console.warn("tragt: refused", status);
      // Until an answer is read, the browser counts its request as under way.
      await answer.text();
      failures = 0;
      forget(events);
    } catch (seconds) {
      failures++;
      pause = Math.min(1000 * seconds, 3600000) || Math.min(2 ** failures, 60) * (500 + 500 * Math.random());
    }
    sending = [];
    if (queue()[0]) sendAfter(pause);
  };

  // A beacon is never confirmed: what it took is forgotten only where all went well until now.
  const leave = () => {
    arrive();
    const events = portion(queue().filter((event) => !sending.includes(event)));
    if (!events[0]) return;
    const taken = navigator.sendBeacon(address("beacon/v1/batch?writeKey=" + key), batch(events));
    if (taken && !failures && navigator.onLine) forget(events);
  };

  // Events, in the shapes of Segment's tracking API.

  const campaign = () => {
    let found;
    new URLSearchParams(location.search).forEach((value, name) => {
      if (/^(utm_.+|\w*cl(k|ick_?)?id|[gw]braid|li_fat_id)$/.test(name))
        found = { ...found, [name === "utm_campaign" ? "name" : name.replace("utm_", "")]: value };
    });
    return found;
  };

  const place = () => ({
    path: location.pathname,
    referrer,
    search: location.search,
    title: document.title,
    url: route(),
  });

  const call = (type, fields, always) => {
    if (silent && !allowed() && !always) return;
    if (type !== "page") arrive();
    const { anonymousId, userId, groupId, consent } = visitor;
    const event = JSON.stringify({
      type,
      messageId: random(),
      timestamp: new Date(),
      anonymousId,
      userId,
      ...fields,
      context: {
        page: place(),
        campaign: campaign(),
        groupId,
        consent: { categoryPreferences: consent },
        library: { name: "tragt.js", version: library.version },
        locale: navigator.language,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        userAgent: navigator.userAgent,
      },
    });
    if (bytes(event) > 32768) return console.warn("tragt: larger than 32 KB", fields);
    setQueue([...queue(), event]);
    sendAfter(300);
    return true;
  };

  // Pages: the first, and each change of route. The title comes after the address, so a change waits a moment.

  let seen;
  let moving;
  let referrer = document.referrer;
  const route = () => location.href.replace(/#(?![/!]).*/, "");

  const arrive = () => {
    if (automatic && route() !== seen) library.page();
  };

  const move = () => {
    clearTimeout(moving);
    moving = setTimeout(safe(arrive), 50);
  };

  // What a site calls.

  const calls = {
    track: (event, properties) => call("track", { event, properties }),

    page(name, properties) {
      const here = route();
      if (seen && seen !== here) referrer = seen;
      if (call("page", { name, properties: { ...place(), name, ...properties } })) seen = here;
    },

    identify(userId, traits) {
      if (Object(userId) === userId) traits = userId;
      else if (userId) {
        userId = String(userId);
        if (visitor.userId && visitor.userId !== userId) calls.reset();
        become({ ...visitor, userId });
      }
      call("identify", { traits });
    },

    group(groupId, traits) {
      if (!groupId) return;
      groupId = String(groupId);
      become({ ...visitor, groupId });
      call("group", { groupId, traits });
    },

    reset: () => become(stranger(visitor.consent)),

    consent(choice, properties) {
      const before = visitor.consent;
      const wanted = Object(choice) === choice ? choice : { analytics: !!choice };
      if (!choice) for (const purpose in before) wanted[purpose] = false;
      const tell = (event, given) => {
        const purposes = Object.keys(wanted).filter((name) => !wanted[name] !== given && !before[name] === given);
        if (purposes[0]) call("track", { event, properties: { ...properties, purposes } }, true);
      };
      become({ ...visitor, consent: { ...before, ...wanted } });
      tell("Consent Given", true);
      tell("Consent Withdrawn", false);
      if (before.analytics && !allowed()) visitor = stranger(visitor.consent);
    },
  };

  // What a site marks: data-tragt-event on what is clicked, data-tragt-form on a form, data-tragt-field in it.

  const marks = (element) => {
    const properties = {};
    for (const { name, value } of element.attributes) {
      const found = /^data-tragt-(?!event$|form$)(.+)/.exec(name);
      if (found) properties[found[1].replace(/-/g, "_")] = value;
    }
    return properties;
  };

  const clicked = ({ target }) => {
    const marked = target.closest("[data-tragt-event]");
    if (marked) library.track(marked.dataset.tragtEvent, marks(marked));
  };

  const submitted = ({ target }) => {
    const { tragtForm } = target.dataset;
    if (!tragtForm) return;
    const properties = marks(target);
    for (const { dataset, type, autocomplete, checked, name, value } of target.elements) {
      const secret = /password|hidden|file|cc-|one-time/.test(type + autocomplete);
      const off = /checkbox|radio/.test(type) && !checked;
      if (dataset.tragtField != null && !secret && !off) properties[dataset.tragtField || name] = value;
    }
    library.track(tragtForm, properties);
  };

  // A form of Tragt in a frame knows nothing of the page around it: with consent it is told who looks at it.
  const introduce = () => {
    for (const frame of document.querySelectorAll("iframe"))
      if (allowed() && frame.src.startsWith(address("f/")) && !/_anonymous/.test(frame.src)) {
        frame.src += (/\?/.test(frame.src) ? "&" : "?") + "_anonymous=" + visitor.anonymousId;
        // A browser may drop the new address while the old one is about to show: put in anew, the frame begins anew.
        frame.replaceWith(frame);
      }
  };

  const start = () => {
    recall();
    // A visit renews the cookie; where there is none, its consent ran out, and what else was kept goes too.
    keep();
    for (const name in calls) library[name] = safe((...given) => {
      recall();
      calls[name](...given);
    });
    library.push = safe(([name, ...given]) => library[name](...given));
    library.splice(0).forEach(library.push);
    arrive();

    if (automatic) {
      for (const name of ["pushState", "replaceState"]) {
        const original = history[name];
        history[name] = function (...given) {
          original.apply(this, given);
          move();
        };
      }
      on("popstate", move);
      on("pageshow", ({ persisted }) => {
        if (persisted) library.page();
      });
    }
    on("click", clicked);
    on("submit", submitted);
    // A form that goes to Tragt itself: with consent it says who sends it, and from where.
    on("formdata", ({ target, formData }) => {
      recall();
      if (allowed() && target.action.startsWith(address("f/")))
        formData.set("page", visitor.anonymousId + " " + route());
    });
    // Once the page stands, and not when consent comes later: that would take away what is typed into the frame.
    introduce();
    on("DOMContentLoaded", introduce);
    on("online", send);
    on("pagehide", leave);
    on("visibilitychange", () => document.hidden && leave());
    sendAfter(0);
  };

  // A page made ahead of a visit is not yet seen by anybody.
  if (document.prerendering) on("prerenderingchange", start);
  else safe(start)();
})();

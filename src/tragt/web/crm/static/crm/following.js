// What others change: the server says in which stages, while the page is looked at; and where the stages themselves
// became others.

export function followChanges(board, refresh, become) {
  const state = document.getElementById("board-state");
  let after = new URL(board.dataset.live, location.href).searchParams.get("after");
  let source = null;

  const listen = () => {
    const address = new URL(board.dataset.live, location.href);
    address.searchParams.set("after", after);
    source = new EventSource(address);
    source.onopen = () => { state.hidden = true; };
    source.onmessage = (event) => {
      after = event.lastEventId;
      if (!event.data) return;
      const { stages, version } = JSON.parse(event.data);
      if (version > Number(board.dataset.version)) become();
      refresh(stages);
    };
    source.onerror = () => {
      state.hidden = source.readyState !== EventSource.CLOSED;
      if (source.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
    };
  };

  const follow = () => {
    source?.close();
    source = null;
    if (!document.hidden) listen();
  };

  document.addEventListener("visibilitychange", () => {
    follow();
    // Meanwhile more may have changed than is told afterwards.
    if (!document.hidden) refresh([...board.querySelectorAll(".column")].map((column) => column.dataset.stage));
  });
  follow();
}

// A case to pass on: copies its text, or hands text and chart to another program of the phone.
document.querySelectorAll("[data-pass-on]").forEach((box) => {
  const text = box.querySelector("[data-pass-text]");
  const chart = box.querySelector("[data-pass-chart]");
  const copy = box.querySelector("[data-pass-copy]");
  const share = box.querySelector("[data-pass-share]");

  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      text.select(); // no clipboard without HTTPS: the old way
      document.execCommand("copy");
    }
    const label = copy.textContent;
    copy.textContent = copy.dataset.done;
    setTimeout(() => { copy.textContent = label; }, 2000);
  });

  const picture = async () => {
    if (!chart) return [];
    const bytes = await (await fetch(chart.src)).blob();
    return [new File([bytes], chart.dataset.name, { type: "image/png" })];
  };

  if (navigator.share) {
    share.hidden = false;
    share.addEventListener("click", async () => {
      const files = await picture();
      const whole = { text: text.value, files };
      try {
        await navigator.share(files.length && navigator.canShare?.(whole) ? whole : { text: text.value });
      } catch (error) {
        if (error.name !== "AbortError") throw error; // the reader changed their mind
      }
    });
  }
});

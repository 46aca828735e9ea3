// Looks at the page from inside: how wide it is, and whether every text stands out from what is behind it by at least
// 4.5 to 1, or 3 to 1 where it is large (WCAG 2.2, 1.4.3).
(() => {
  const channel = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => { const n = text.match(/[\d.]+/g).map(Number); return [n[0], n[1], n[2], n.length > 3 ? n[3] : 1]; };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const pale = [], wide = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest('svg, .hidden, [aria-hidden]') || !element.checkVisibility()) continue;
    const box = element.getBoundingClientRect();
    if (box.right <= 0 || box.width <= 1) continue;
    texts++;
    const style = getComputedStyle(element), back = behind(element);
    const front = over(parse(style.color), back);
    const [dark, light] = [luminance(front), luminance(back)].sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight, 10) >= 700);
    if (ratio < (large ? 3 : 4.5)) pale.push(`${ratio.toFixed(2)} for ${JSON.stringify(node.data.trim().slice(0, 40))}`);
  }
  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) {
    for (const e of document.body.querySelectorAll('*')) {
      if (e.getBoundingClientRect().right > innerWidth + 1) wide.push(`${e.tagName.toLowerCase()}.${e.getAttribute('class') || ''}`);
    }
  }
  return { width, pale: pale.slice(0, 10), wide: wide.slice(0, 6), texts };
})()

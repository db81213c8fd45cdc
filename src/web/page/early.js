// Before the first paint: the colours that this browser chose, and no join form for somebody who joined already,
// follows a link for one person, or reads another language. It is no module, because modules run after the page is shown.

(() => {
  const root = document.documentElement;
  const kept = (name) => {
    try {
      return localStorage.getItem('glassroom.' + name);
    } catch (error) {
      return null;
    }
  };
  const chosen = kept('theme');
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  const served = root.lang.slice(0, 2);
  const language = { en: 'en', zh: 'zh' }[kept('language')] || served;
  const linked = /^#(host|moderator|link)=/.test(location.hash);
  if (kept('token') || linked || language !== served) root.dataset.held = '';
  // They come together with the first modules, and not after these.
  ['words/all-' + language + '.js', 'app.js'].forEach((file) => {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.href = new URL(file, document.currentScript.src).href;
    document.head.append(link);
  });
})();

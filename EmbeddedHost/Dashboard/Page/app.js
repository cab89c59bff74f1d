// The whole page: resources and logs, both fed by server-sent events. Text from outside reaches the page only as textContent.

const $ = id => document.getElementById(id);
const storage = {
  get: key => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* private mode */ } },
};

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

// ---- theme ----

const theme = storage.get('theme');
if (theme) document.documentElement.dataset.theme = theme;
function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  storage.set('theme', root.dataset.theme);
}
$('theme').addEventListener('click', switchTheme);

// ---- views ----

function route() {
  const [view, name] = location.hash.slice(1).split('/');
  const logs = view === 'logs';
  $('view-resources').hidden = logs;
  $('view-logs').hidden = !logs;
  for (const [id, current] of [['nav-resources', !logs], ['nav-logs', logs]]) {
    if (current) $(id).setAttribute('aria-current', 'page');
    else $(id).removeAttribute('aria-current');
  }
  if (logs) openLog(decodeURIComponent(name ?? ''));
  else closeLog();
}
addEventListener('hashchange', route);

// ---- resources ----

let resources = [];

function since(startedAt) {
  if (!startedAt) return '';
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(startedAt)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}

// A phone has no column to fill.
const restartsText = restarts => restarts || (matchMedia('(max-width: 760px)').matches ? '' : '0');

function stateCell(item) {
  const cell = element('td', 'cell-state');
  cell.append(element('span', `state ${item.kind}`, item.state));
  if (item.reason) cell.append(element('div', 'reason', item.reason));
  const checks = item.health ?? (item.replicas.length === 1 ? item.replicas[0].health : []);
  if (checks.length && checks.every(check => check.isHealthy))
    cell.append(element('div', 'checks', `${checks.map(check => check.path).join(', ')} ok`));
  return cell;
}

function row(resource) {
  const replicas = resource.replicas;
  const tr = element('tr');
  tr.dataset.name = resource.name;
  const name = element('td', 'name');
  name.append(resource.name, element('small', '', replicas.length > 1
    ? `${resource.type} · ${replicas.filter(replica => replica.kind === 'good').length} of ${replicas.length} replicas ready`
    : replicas[0].processId ? `${resource.type} · pid ${replicas[0].processId}` : resource.type));

  const urls = element('td', 'cell-urls');
  const list = element('div', 'urls');
  for (const url of resource.urls.filter(item => !item.isDetail)) {
    const line = element('div');
    if (/^https?:/.test(url.url)) {
      const link = element('a', '', new URL(url.url).origin);
      link.href = url.url;
      link.target = '_blank';
      link.rel = 'noopener noreferrer';
      line.append(link);
    } else line.append(url.url);
    line.append(element('small', '', url.text));
    list.append(line);
  }
  urls.append(list);

  const restarts = replicas.reduce((sum, replica) => sum + replica.restarts, 0);
  const startedAt = replicas.map(replica => replica.startedAt).filter(Boolean).sort()[0];
  const sinceCell = element('td', 'cell-since since', since(startedAt));
  sinceCell.dataset.since = startedAt ?? '';

  const actions = element('td', 'cell-actions');
  const bar = element('div', 'actions');
  const off = resource.kind === 'off';
  const logs = element('button', '', 'Logs');
  logs.type = 'button';
  logs.addEventListener('click', () => { location.hash = `logs/${encodeURIComponent(resource.name)}`; });
  bar.append(logs,
    off ? action(resource, 'start', 'Start') : action(resource, 'stop', 'Stop', resource.state === 'stopping'),
    action(resource, 'restart', 'Restart', off || resource.state === 'stopping'));
  actions.append(bar);
  tr.append(name, stateCell(resource), urls, element('td', 'number', restartsText(restarts)), sinceCell, actions);
  return tr;
}

function replicaRow(replica) {
  const tr = element('tr', 'replica');
  tr.dataset.name = replica.name;
  const name = element('td', 'name');
  name.append(replica.name, element('small', '', replica.processId ? `pid ${replica.processId}` : ''));
  const sinceCell = element('td', 'cell-since since', since(replica.startedAt));
  sinceCell.dataset.since = replica.startedAt ?? '';
  tr.append(name, stateCell(replica), element('td', 'cell-urls'), element('td', 'number', restartsText(replica.restarts)), sinceCell, element('td', 'cell-actions'));
  return tr;
}

function action(resource, command, text, disabled = false) {
  const button = element('button', '', text);
  button.type = 'button';
  button.disabled = disabled;
  button.dataset.command = command;
  button.setAttribute('aria-label', `${text} ${resource.name}`);
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      const response = await fetch(`/api/resources/${encodeURIComponent(resource.name)}/${command}`, { method: 'POST', headers: { 'X-Embedded-Host': '1' } });
      $('action-result').textContent = response.ok ? '' : `${text} ${resource.name}: ${(await response.json()).detail}`;
      if (response.status === 401) location.reload();
    } catch {
      $('action-result').textContent = `${text} ${resource.name}: the host does not answer.`;
    }
    button.disabled = disabled;
  });
  return button;
}

function showResources() {
  // The rows are made anew; whoever was on a button by keyboard stays on it.
  const focused = document.activeElement?.closest('tr[data-name]')?.dataset.name;
  const command = document.activeElement?.dataset?.command;
  $('rows').replaceChildren(...resources.flatMap(resource =>
    [row(resource), ...(resource.replicas.length > 1 ? resource.replicas.map(replicaRow) : [])]));
  if (focused && command)
    [...$('rows').querySelectorAll('button')].find(button => button.closest('tr').dataset.name === focused
      && (button.dataset.command === command || (command !== 'restart' && ['start', 'stop'].includes(button.dataset.command))))?.focus();

  const number = kind => resources.filter(resource => resource.kind === kind).length;
  $('overall').textContent = [`${number('good')} of ${resources.length - number('off')} running`,
    number('bad') ? `${number('bad')} failed` : '', number('warn') ? `${number('warn')} in trouble` : '', number('busy') ? `${number('busy')} on the way` : '']
    .filter(Boolean).join(' · ');
  log.style.setProperty('--source-width', `${Math.max(...resources.flatMap(resource => resource.replicas.map(replica => replica.name.length)))}ch`);
  const select = $('log-resource');
  const names = ['', ...resources.map(resource => resource.name)];
  if (select.options.length !== names.length) {
    const selected = logName ?? '';
    select.replaceChildren(...names.map(name => new Option(name || 'All', name)));
    select.value = selected;
  }
}

setInterval(() => {
  for (const cell of document.querySelectorAll('td[data-since]')) cell.textContent = since(cell.dataset.since);
}, 1000);

const events = new EventSource('/api/resources/events');
events.onmessage = message => {
  resources = JSON.parse(message.data);
  showResources();
};
events.onopen = () => { $('lost').hidden = true; };
events.onerror = () => {
  $('lost').hidden = false;
  // A refused stream (a new host with a new token) does not try again by itself.
  if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
};

// ---- logs ----

const maxLines = 5000;
const log = $('log');
let logName = null;
let logEvents = null;
let lines = [];
let held = [];
let paused = false;

function closeLog() {
  logEvents?.close();
  logEvents = null;
  logName = null;
}

function openLog(name) {
  if (logName === name && logEvents) return;
  closeLog();
  logName = name;
  $('log-resource').value = name;
  const replicas = resources.find(resource => resource.name === name)?.replicas.length ?? 0;
  log.classList.toggle('single', name !== '' && replicas < 2);
  logEvents = new EventSource(`/api/logs?resource=${encodeURIComponent(name)}`);
  // Each connection begins with all that the host keeps.
  logEvents.onopen = clearLog;
  logEvents.onmessage = message => {
    const batch = JSON.parse(message.data);
    if (paused) {
      held.push(...batch);
      if (held.length > maxLines) held.splice(0, held.length - maxLines);
      count();
    } else append(batch);
  };
}

function clearLog() {
  lines = [];
  held = [];
  log.replaceChildren();
  count();
}

const ansi = /\u001b\[[0-9;?]*[A-Za-z]/g;
const levels = { Trace: 'trce', Debug: 'dbug', Information: 'info', Warning: 'warn', Error: 'fail', Critical: 'crit' };

// .NET's JSON console lines carry level, category and message; the rest of the object is one click on "Raw" away.
function parse(text) {
  if ($('log-raw').checked || !text.startsWith('{')) return { text };
  try {
    const value = JSON.parse(text);
    if (typeof value.Message !== 'string' || !(value.LogLevel in levels)) return { text };
    return {
      level: value.LogLevel,
      category: String(value.Category ?? '').split('.').pop(),
      text: value.Exception ? `${value.Message}\n${value.Exception}` : value.Message,
    };
  } catch {
    return { text };
  }
}

function lineElement(line) {
  const node = element('div', line.isError ? 'stderr' : '');
  const parsed = parse(line.text.replace(ansi, ''));
  const time = element('time', '', new Date(line.time).toLocaleTimeString('en-GB', { hour12: false }));
  time.dateTime = line.time;
  node.append(time, element('span', 'source', line.source));
  if (parsed.level) node.append(element('span', `level ${parsed.level.toLowerCase()}`, levels[parsed.level]));
  const text = element('span', 'text');
  if (parsed.category) text.append(element('span', 'category', `${parsed.category}  `));
  highlight(text, parsed.text);
  node.append(text);
  return node;
}

function highlight(node, text) {
  const filter = $('log-filter').value;
  const lower = text.toLowerCase();
  let from = 0;
  for (let at; filter && (at = lower.indexOf(filter.toLowerCase(), from)) >= 0; from = at + filter.length) {
    node.append(text.slice(from, at), element('mark', '', text.slice(at, at + filter.length)));
  }
  node.append(text.slice(from));
}

const matches = line => {
  const filter = $('log-filter').value.toLowerCase();
  return !filter || line.text.toLowerCase().includes(filter) || line.source.toLowerCase().includes(filter);
};

function append(batch) {
  lines.push(...batch);
  if (lines.length > maxLines) lines.splice(0, lines.length - maxLines);
  const fragment = document.createDocumentFragment();
  for (const line of batch.filter(matches)) fragment.append(lineElement(line));
  log.append(fragment);
  while (log.childElementCount > maxLines) log.firstElementChild.remove();
  if ($('log-follow').checked) log.scrollTop = log.scrollHeight;
  count();
}

function render() {
  log.replaceChildren(...lines.filter(matches).map(lineElement));
  if ($('log-follow').checked) log.scrollTop = log.scrollHeight;
  count();
}

function count() {
  const shown = log.childElementCount;
  $('log-count').textContent = `${shown} ${shown === 1 ? 'line' : 'lines'}`
    + (shown < lines.length ? ` of ${lines.length}` : '') + (paused ? ` · paused, ${held.length} waiting` : '');
}

function pause() {
  paused = !paused;
  $('log-pause').setAttribute('aria-pressed', paused);
  $('log-pause').textContent = paused ? 'Resume' : 'Pause';
  if (!paused) append(held.splice(0));
  count();
}

function wrap() {
  log.classList.toggle('wrap', $('log-wrap').checked);
  storage.set('wrap', $('log-wrap').checked ? '1' : '0');
}

function follow() {
  if ($('log-follow').checked) log.scrollTop = log.scrollHeight;
}

let renderSoon = 0;
$('log-filter').addEventListener('input', () => { clearTimeout(renderSoon); renderSoon = setTimeout(render, 120); });
$('log-raw').addEventListener('change', render);
$('log-resource').addEventListener('change', () => { location.hash = $('log-resource').value ? `logs/${encodeURIComponent($('log-resource').value)}` : 'logs'; });
$('log-pause').addEventListener('click', pause);
$('log-clear').addEventListener('click', clearLog);
$('log-wrap').addEventListener('change', wrap);
$('log-follow').addEventListener('change', follow);
// Scrolling up is a wish to read: following ends until the person is at the end again.
log.addEventListener('wheel', event => { if (event.deltaY < 0) $('log-follow').checked = false; }, { passive: true });
log.addEventListener('scroll', () => {
  if (log.scrollHeight - log.scrollTop - log.clientHeight < 4) $('log-follow').checked = true;
}, { passive: true });
log.addEventListener('keydown', event => { if (['PageUp', 'ArrowUp', 'Home'].includes(event.key)) $('log-follow').checked = false; });
$('log-wrap').checked = storage.get('wrap') !== '0';
wrap();

// ---- keys ----

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches('input[type=search], select')) {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  const toggle = id => { $(id).checked = !$(id).checked; $(id).dispatchEvent(new Event('change')); };
  const keys = {
    r: () => { location.hash = 'resources'; },
    l: () => { location.hash = 'logs'; },
    t: switchTheme,
    '/': () => { if (!$('view-logs').hidden) { event.preventDefault(); $('log-filter').focus(); } },
    p: () => { if (!$('view-logs').hidden) pause(); },
    f: () => { if (!$('view-logs').hidden) toggle('log-follow'); },
    w: () => { if (!$('view-logs').hidden) toggle('log-wrap'); },
  };
  keys[event.key]?.();
});

route();

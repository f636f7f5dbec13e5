// Comfort only: every page can be read and used without this script.
'use strict';
(function () {
  // a chosen year or indicator is shown at once
  document.querySelectorAll('select[data-submit]').forEach(function (select) {
    select.addEventListener('change', function () { select.form.submit(); });
    const button = select.form.querySelector('button.plain');
    if (button) { button.hidden = true; }
  });

  // a figure's row of the table beside the text
  const detail = document.getElementById('detail');
  function headings(table) {
    return Array.from(table.querySelectorAll('thead th'), function (cell) { return cell.textContent; });
  }
  function showDetail(mark) {
    const row = document.getElementById('f-' + mark.id.slice(2));
    if (!row || !detail) { return false; }
    const names = headings(row.closest('table'));
    const list = document.createElement('dl');
    Array.from(row.cells).forEach(function (cell, number) {
      if (!cell.textContent.trim()) { return; }
      const name = document.createElement('dt');
      name.textContent = names[number];
      const value = document.createElement('dd');
      cell.childNodes.forEach(function (node) { value.appendChild(node.cloneNode(true)); });
      list.append(name, value);
    });
    detail.replaceChildren(list);
    detail.hidden = false;
    document.querySelectorAll('.fig.chosen').forEach(function (other) { other.classList.remove('chosen'); });
    mark.classList.add('chosen');
    return true;
  }
  function closeDetail() {
    if (!detail) { return; }
    delete detail.dataset.held;
    detail.hidden = true;
    document.querySelectorAll('.fig.chosen').forEach(function (mark) { mark.classList.remove('chosen'); });
  }
  function chosenByAddress() {
    const mark = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (mark && mark.classList.contains('fig')) { showDetail(mark); }
  }
  if (detail) {
    document.querySelector('article.text').addEventListener('mouseover', function (event) {
      const mark = event.target.closest('.fig');
      if (mark && !detail.dataset.held) { showDetail(mark); }
    });
    document.querySelector('article.text').addEventListener('click', function (event) {
      const mark = event.target.closest('.fig');
      if (!mark) { closeDetail(); return; }
      if (showDetail(mark)) {
        event.preventDefault();
        detail.dataset.held = mark.id;
        history.replaceState(null, '', '#' + mark.id);
      }
    });
    document.querySelector('article.text').addEventListener('focusin', function (event) {
      const mark = event.target.closest('.fig');
      if (mark) { showDetail(mark); }
    });
    window.addEventListener('hashchange', chosenByAddress);
    chosenByAddress();
  }

  // one key decides: a figure is never changed while somebody types
  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) { return; }
    if (event.target.closest('input, select, textarea')) {
      if (event.key === 'Escape') { event.target.blur(); }
      return;
    }
    if (event.key === 'Escape') { closeDetail(); return; }
    if (event.key === '/') {
      event.preventDefault();
      document.querySelector('header input[type=search]').focus();
      return;
    }
    if (!/^[1-9]$/.test(event.key)) { return; }
    const focused = document.querySelector('[data-focus="' + event.key + '"]');
    if (focused) { event.preventDefault(); focused.focus(); focused.select(); return; }
    const button = document.querySelector('[data-key="' + event.key + '"]');
    if (!button) { return; }
    event.preventDefault();
    if (button.form && !button.form.reportValidity()) { return; }
    button.click();
  });
}());

// Puts text into a field as typing does, so that Ctrl+Z takes it back.

const MOST_LINES = 60;

/** Replaces what stands between `start` and `end` in a field. The caret stands behind the new text. */
export function replaceRange(area, start, end, text) {
  area.focus();
  area.setSelectionRange(start, end);
  const { value } = area;
  // Only this old command fills the browser's list of steps back, but it takes very long for many lines. Where it does
  // nothing, the text still comes in.
  const done = text.split('\n', MOST_LINES + 1).length <= MOST_LINES
    && document.execCommand(text ? 'insertText' : 'delete', false, text);
  if (done && (area.value !== value || text === value.slice(start, end))) return;
  area.setRangeText(text, start, end, 'end');
  area.dispatchEvent(new Event('input', { bubbles: true }));
}

// Parts of the page that most people never open: each is loaded when it is first used.

/** A part that comes late. */
export class Late {
  /** `load()` resolves to the part; `failed()` says that it did not come. */
  constructor(load, failed) {
    Object.assign(this, { load, failed, part: null, coming: null });
  }

  /** Calls `then(part)`: at once, if the part is there. Resolves to its value, or to null without the part. */
  use(then) {
    return this.part ? then(this.part) : this.fetch(then);
  }

  async fetch(then) {
    try {
      this.coming = this.coming || this.load();
      this.part = await this.coming;
    } catch (error) {
      if (this.coming) this.failed();
      this.coming = null;
      return null;
    }
    return then(this.part);
  }
}

/** The search, with its form. */
export class LateSearch extends Late {
  constructor(parts, failed) {
    super(async () => new (await import('./search.js')).Search(parts), failed);
    document.getElementById('search').addEventListener('submit', (event) => {
      event.preventDefault();
      this.use((search) => search.begin());
    });
  }

  get room() { return this.part ? this.part.room : null; }

  changed(entry) { if (this.part) this.part.changed(entry); }

  render() { if (this.part) this.part.render(); }

  close() { return Boolean(this.part) && this.part.close(); }
}

/** The downloads, with the button of those who lead. */
export class LateDownloads extends Late {
  constructor(parts, failed) {
    super(async () => new (await import('./downloads.js')).Downloads(parts), failed);
    document.getElementById('tool-save').addEventListener('click', () => this.use((downloads) => downloads.ask()));
  }

  /** Saves a file; resolves to whether it was saved. */
  async save(wish) { return Boolean(await this.use((downloads) => downloads.fetch(wish))); }
}

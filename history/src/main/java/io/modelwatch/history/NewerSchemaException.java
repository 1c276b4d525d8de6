package io.modelwatch.history;

/** A newer program has brought the database further than this one knows; the message says what to do. */
public final class NewerSchemaException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NewerSchemaException(int found, int known) {
        super("a newer modelwatch has brought the database to version " + found + " of its schema, and this one knows "
                + known + ": start the newer one in its place, which goes on where this one stopped. To go back to this"
                + " one, restore a backup of the database from before, or name an empty one in database.url, which is"
                + " filled from the topics");
    }
}

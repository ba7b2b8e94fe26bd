package kinema.text.tokenize;

/** What DJL's tokenizer libraries must be told before their classes load. A user's own setting wins. */
final class DjlSettings {
    private DjlSettings() {}

    static void apply() {
        // On a machine with CUDA the library would download a CUDA build of itself; the one in the jar is enough.
        set("RUST_FLAVOR", "cpu");
        // On a machine in Amazon's cloud it would report each start to its makers.
        set("OPT_OUT_TRACKING", "true");
    }

    private static void set(String name, String value) {
        if (System.getenv(name) == null && System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}

/** A program on the module path. dist/check compiles and runs it with the jars of dist/consumer. */
module rocket {
    requires kinema.core;
    requires kinema.video;
}

///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 17+
//REPOS mavenlocal,mavencentral
//DEPS io.kinema:kinema-platform-linux-x86_64:0.1.0-SNAPSHOT

import java.nio.file.Path;
import kinema.Kinema;
import kinema.VideoModel;

/** A program in one file, for JBang: jbang Rocket.java "a red rocket rises" rocket.mp4. */
class Rocket {
    public static void main(String[] args) {
        try (VideoModel model = Kinema.bundled()) {
            model.generate(args[0]).save(Path.of(args[1]));
        }
    }
}

package kinema.train.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import kinema.Video;
import kinema.text.KnownWords;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource;
import kinema.train.Recipes;

/** Several sources one after the other, each of them finite. Thread-safe as its sources are. */
public final class MixedClips implements ClipSource {
    private final List<ClipSource> sources;

    /**
     * A mixture.
     *
     * @param sources at least one, of one rate, each with an end
     */
    public MixedClips(List<ClipSource> sources) {
        this.sources = List.copyOf(sources);
        Recipes.require(!sources.isEmpty(), "data.sources must have at least one entry", sources);
    }

    private record Place(ClipSource source, long number) {}

    private Place place(long number) {
        long left = number;
        for (ClipSource source : sources) {
            long count = source.count().orElseThrow();
            if (left < count) {
                return new Place(source, left);
            }
            left -= count;
        }
        throw new IllegalArgumentException("there is no clip " + number + " of " + count().orElseThrow());
    }

    @Override
    public double fps() {
        return sources.get(0).fps();
    }

    @Override
    public OptionalLong count() {
        return OptionalLong.of(sources.stream()
                .mapToLong(source -> source.count().orElseThrow())
                .sum());
    }

    @Override
    public Optional<KnownWords> words() {
        return sources.stream()
                .map(ClipSource::words)
                .reduce((some, more) -> some.flatMap(known -> more.map(known::with)))
                .orElseThrow();
    }

    @Override
    public String origin() {
        return sources.stream().map(ClipSource::origin).collect(Collectors.joining("; "));
    }

    @Override
    public Shape suited(long number, List<Shape> shapes) {
        Place place = place(number);
        return place.source().suited(place.number(), shapes);
    }

    @Override
    public CaptionedClip clip(long number, Shape shape) {
        Place place = place(number);
        return place.source().clip(place.number(), shape);
    }

    @Override
    public Optional<Video> subject(long number, Shape shape) {
        Place place = place(number);
        return place.source().subject(place.number(), shape);
    }

    @Override
    public Optional<Double> number(long number, String column) {
        Place place = place(number);
        return place.source().number(place.number(), column);
    }

    @Override
    public List<String> prompts(int count) {
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            int share = (count - prompts.size()) / (sources.size() - i);
            prompts.addAll(sources.get(i).prompts(share));
        }
        return prompts;
    }
}

package kinema.video;

import java.nio.file.Path;

/** RGB frames to 4:2:0 to a container's encoder, one at a time. */
final class YuvEncoder implements FrameEncoder {
    private final ContainerStream stream;
    private final PixelConverter converter;
    private final NativeFrame rgb;
    private final NativeFrame yuv;

    YuvEncoder(Path file, Encoding encoding, VideoSpec spec) {
        stream = new ContainerStream(file, encoding, spec);
        converter = PixelConverter.toYuv(spec.width(), spec.height());
        rgb = NativeFrame.rgb(spec.width(), spec.height());
        yuv = NativeFrame.of(spec.width(), spec.height(), encoding.pixelFormat());
        yuv.get().colorspace(PixelConverter.matrixOf(spec.height())).color_range(PixelConverter.yuvRange());
    }

    @Override
    public void add(byte[] frame) {
        rgb.put(frame);
        converter.convert(rgb.get(), yuv.writable().get());
        stream.encode(yuv.get());
    }

    @Override
    public void finish() {
        stream.finish();
    }

    @Override
    public void close() {
        stream.close();
        converter.close();
        rgb.close();
        yuv.close();
    }
}

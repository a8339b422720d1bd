/** V4L2's pixel formats that are captured here, with FFmpeg's names for them (`libavdevice/v4l2-common.c`). */
export const PIXEL_FORMATS: Readonly<Record<string, string>> = {
  MJPG: 'mjpeg', JPEG: 'mjpeg', H264: 'h264', MPG4: 'mpeg4', YUYV: 'yuyv422', UYVY: 'uyvy422', '422P': 'yuv422p', YU12: 'yuv420p', NV12: 'nv12',
  GREY: 'gray', 'Y16 ': 'gray16le', RGB3: 'rgb24', BGR3: 'bgr24', RGBP: 'rgb565le', RGBO: 'rgb555le'
}

/** V4L2's name of what FFmpeg calls so, or FFmpeg's own. */
export function pixelFormatOf(name: string): string {
  return Object.keys(PIXEL_FORMATS).find((format) => PIXEL_FORMATS[format] === name) ?? name
}

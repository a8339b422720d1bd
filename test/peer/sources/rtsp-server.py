"""Serves one live H.264 and A-law stream over RTSP with a password; prints its port."""
import gi
gi.require_version('Gst', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import Gst, GstRtspServer, GLib

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address('127.0.0.1')
server.set_service('0')
auth = GstRtspServer.RTSPAuth()
token = GstRtspServer.RTSPToken()
token.set_string('media.factory.role', 'user')
auth.add_basic(GstRtspServer.RTSPAuth.make_basic('admin', 'hunter2'), token)
server.set_auth(auth)
factory = GstRtspServer.RTSPMediaFactory()
permissions = GstRtspServer.RTSPPermissions()
permissions.add_permission_for_role('user', 'media.factory.access', True)
permissions.add_permission_for_role('user', 'media.factory.construct', True)
factory.set_permissions(permissions)
factory.set_shared(True)
encoder = 'x264enc tune=zerolatency key-int-max=25' if Gst.ElementFactory.find('x264enc') else 'openh264enc gop-size=25'
factory.set_launch('( videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=25/1 ! ' + encoder + ' ! h264parse ! rtph264pay name=pay0 pt=96 '
                   'audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8 )')
server.get_mount_points().add_factory('/cam', factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()

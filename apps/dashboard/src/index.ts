export { createDashboard, type DashboardOptions, defaultBasePath } from './dashboard.ts';
export { isLoopback, type Login, loginFromEnvironment } from './login.ts';
